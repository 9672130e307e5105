import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useActing } from '../../common/actions';
import { Button } from '../../common/Button';
import type { IDetailProps } from '../../tokens';

/** Disables what is active and enables what is disabled: a published pipeline, an endpoint, a schedule. */
export function EnableButton(props: {
  view: IDetailProps;
  active: boolean;
  onDone: () => void;
}): JSX.Element {
  const { view, active } = props;
  const { trans } = view;
  const { doing, act } = useActing(trans);
  const action = active ? 'disable' : 'enable';
  const onClick = async () => {
    await act(action, () => view.client.act(view.workspace, view.kind, view.id, action));
    props.onDone();
  };
  return (
    <Button
      icon={active ? stopIcon : runIcon}
      label={active ? trans.__('Disable') : trans.__('Enable')}
      busy={doing !== null}
      onClick={() => void onClick()}
    />
  );
}
