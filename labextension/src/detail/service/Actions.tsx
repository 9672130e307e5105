import { deleteIcon, editIcon, numberingIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../common/Button';
import { reload, remove, scale, update } from './actions';
import { askScale } from './ScaleDialog';
import { askUpdate } from './UpdateDialog';
import type { IServiceProps } from './useRow';

/** What can be done with a service; what cannot says why. */
export function Actions(props: IServiceProps): JSX.Element {
  const { service, trans } = props;
  const [busy, setBusy] = React.useState(false);
  const doing = (action: () => Promise<unknown>) => () => {
    setBusy(true);
    void action().finally(() => setBusy(false));
  };
  const reason = (action: keyof typeof service.actions): string | null =>
    busy ? trans.__('An action is under way.') : (service.actions[action] ?? null);
  return (
    <>
      <Button
        icon={refreshIcon}
        label={trans.__('Reload')}
        title={trans.__('Start the workers anew with the script as it is now')}
        reason={reason('reload')}
        onClick={doing(() => reload(props))}
      />
      <Button
        icon={editIcon}
        label={trans.__('Update…')}
        title={trans.__('Other models, description, tags or script')}
        reason={reason('update')}
        onClick={doing(async () => {
          const changes = await askUpdate(props);
          return changes && update(props, changes);
        })}
      />
      <Button
        icon={numberingIcon}
        label={trans.__('Scale…')}
        title={trans.__('Number of replicas, or its bounds')}
        reason={reason('scale')}
        onClick={doing(async () => {
          const size = await askScale(props);
          return size && scale(props, size);
        })}
      />
      <Button
        danger
        icon={deleteIcon}
        label={trans.__('Delete…')}
        title={trans.__('Delete the service')}
        reason={reason('delete')}
        onClick={doing(() => remove(props))}
      />
    </>
  );
}
