import { deleteIcon, editIcon, LabIcon, numberingIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { reload, remove, scale, update } from './actions';
import { askScale } from './ScaleDialog';
import { askUpdate } from './UpdateDialog';
import type { IServiceProps } from './useRow';

/** What can be done with a service; what cannot says why. */
export function ActionBar(props: IServiceProps): JSX.Element {
  const { service, gone, trans, row } = props;
  const [busy, setBusy] = React.useState(false);
  const doing = (action: () => Promise<unknown>) => () => {
    setBusy(true);
    void action().finally(() => setBusy(false));
  };
  const reason = (action: keyof typeof service.actions): string | null => {
    if (gone) {
      return trans.__('The service was deleted.');
    }
    return busy ? trans.__('An action is under way.') : (service.actions[action] ?? null);
  };
  return (
    <div className="aml-ActionBar" role="toolbar" aria-label={trans.__('Actions of %1', row.name)}>
      <Action
        icon={refreshIcon}
        label={trans.__('Reload')}
        title={trans.__('Start the workers anew with the script as it is now')}
        reason={reason('reload')}
        onClick={doing(() => reload(props))}
      />
      <Action
        icon={editIcon}
        label={trans.__('Update…')}
        title={trans.__('Other models, description, tags or script')}
        reason={reason('update')}
        onClick={doing(async () => {
          const changes = await askUpdate(props);
          return changes && update(props, changes);
        })}
      />
      <Action
        icon={numberingIcon}
        label={trans.__('Scale…')}
        title={trans.__('Number of replicas, or its bounds')}
        reason={reason('scale')}
        onClick={doing(async () => {
          const size = await askScale(props);
          return size && scale(props, size);
        })}
      />
      <Action
        icon={deleteIcon}
        label={trans.__('Delete…')}
        title={trans.__('Delete the service')}
        reason={reason('delete')}
        onClick={doing(() => remove(props))}
      />
    </div>
  );
}

interface IActionProps {
  icon: LabIcon;
  label: string;
  title: string;
  /** Why it cannot be done; null where it can. */
  reason: string | null;
  onClick(): void;
}

/** A button that can be reached while it cannot be used, so that its reason can be read. */
function Action(props: IActionProps): JSX.Element {
  const { icon: Icon, reason } = props;
  const hint = React.useId();
  return (
    <>
      <button
        type="button"
        className="jp-Button jp-mod-minimal aml-Button"
        title={reason ?? props.title}
        aria-disabled={reason !== null}
        aria-describedby={reason ? hint : undefined}
        onClick={reason === null ? props.onClick : undefined}
      >
        <Icon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
        <span>{props.label}</span>
      </button>
      {reason && (
        <span id={hint} className="aml-sr-only">
          {reason}
        </span>
      )}
    </>
  );
}
