import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../common/Button';
import { confirm } from '../../common/Confirm';
import { useActing } from '../../common/actions';
import type { IDetailProps } from '../../tokens';

/** Deletes what a view shows, after asking. */
export function DeleteButton(props: {
  view: IDetailProps;
  question: string;
  body: string;
  /** The word on the button, where v1 has another one than "Delete". */
  label?: string;
  reason?: string | null;
}): JSX.Element {
  const { view } = props;
  const { trans } = view;
  const { doing, act } = useActing(trans);
  const label = props.label ?? trans.__('Delete');
  const onClick = async () => {
    if (await confirm({ title: props.question, body: props.body, action: label, trans })) {
      const done = await act(
        'delete',
        () => view.client.remove(view.workspace, view.kind, view.id),
        trans.__('%1 is deleted.', view.id)
      );
      if (done) {
        view.close?.();
      }
    }
  };
  return (
    <Button
      danger
      icon={deleteIcon}
      label={label}
      busy={doing !== null}
      reason={props.reason}
      onClick={() => void onClick()}
    />
  );
}
