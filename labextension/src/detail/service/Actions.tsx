import { deleteIcon, editIcon, numberingIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../common/Button';
import { mayRemove, reload, remove, scale, update } from './steering';
import { askScale } from './ScaleDialog';
import { askUpdate } from './UpdateDialog';
import type { IServiceProps } from './useRow';

type Work = () => Promise<unknown>;

/** What can be done with a service; what cannot says why. */
export function Actions(props: IServiceProps): JSX.Element {
  const { service, trans } = props;
  const [busy, setBusy] = React.useState(false);
  /** Ask what is to be done, and do it. */
  const doing = (ask: () => Promise<Work | null>) => async () => {
    const work = await ask();
    if (work) {
      setBusy(true);
      await work().finally(() => setBusy(false));
    }
  };
  const button = (action: 'reload' | 'update' | 'scale' | 'delete', ask: () => Promise<Work | null>) => ({
    reason: busy ? trans.__('An action is under way.') : (service.actions[action] ?? null),
    onClick: () => void doing(ask)()
  });
  return (
    <>
      <Button
        icon={refreshIcon}
        label={trans.__('Reload')}
        title={trans.__('Start the workers anew with the script as it is now')}
        {...button('reload', async () => () => reload(props))}
      />
      <Button
        icon={editIcon}
        label={trans.__('Update…')}
        title={trans.__('Other models, description, tags or script')}
        {...button('update', async () => {
          const changes = await askUpdate(props);
          return changes && (() => update(props, changes));
        })}
      />
      <Button
        icon={numberingIcon}
        label={trans.__('Scale…')}
        title={trans.__('Number of replicas, or its bounds')}
        {...button('scale', async () => {
          const size = await askScale(props);
          return size && (() => scale(props, size));
        })}
      />
      <Button
        danger
        icon={deleteIcon}
        label={trans.__('Delete…')}
        title={trans.__('Delete the service')}
        {...button('delete', async () => ((await mayRemove(props)) ? async () => (await remove(props)) && props.close?.() : null))}
      />
    </>
  );
}
