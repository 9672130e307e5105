import { addIcon, caretDownEmptyIcon, LabIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IWorkspace } from '../api/types';
import { helpIcon } from '../common/icons';
import { CommandIDs, IContext } from '../tokens';

/** A button that is an icon; one that cannot be pressed says why. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  reason?: string | null;
  busy?: boolean;
  onClick(): void;
}): JSX.Element {
  const { icon, label, reason, busy } = props;
  return (
    <button
      type="button"
      className={`aml-Panel-button ${busy ? 'aml-mod-busy' : ''}`}
      title={reason ? `${label}\n${reason}` : label}
      aria-label={reason ? `${label}: ${reason}` : label}
      aria-disabled={reason ? true : undefined}
      onClick={reason ? undefined : props.onClick}
    >
      <icon.react tag="span" aria-hidden="true" />
    </button>
  );
}

/** The workspace that is shown, and what can be done with all of it. */
export function Header(props: { context: IContext }): JSX.Element {
  const { app, model, trans } = props.context;
  const ready = model.standing.state === 'ready';
  const away = ready ? null : trans.__('There is no connection to a workspace.');
  const run = (command: string) => void app.commands.execute(command);
  return (
    <div className="aml-Panel-head" role="group" aria-label={trans.__('Azure ML')}>
      <Chooser {...props} />
      <IconButton icon={addIcon} label={trans.__('New deployment')} reason={away} onClick={() => run(CommandIDs.deploy)} />
      <IconButton
        icon={refreshIcon}
        label={trans.__('Refresh')}
        busy={model.busy}
        onClick={() => run(CommandIDs.refresh)}
      />
      <IconButton icon={helpIcon} label={trans.__('Help')} onClick={() => run(CommandIDs.help)} />
    </div>
  );
}

function Chooser({ context }: { context: IContext }): JSX.Element {
  const { model, trans } = context;
  const { workspace, workspaces } = model;
  return (
    <span className="aml-Panel-workspace">
      <select
        aria-label={trans.__('Workspace')}
        title={workspace ? `${workspace.name}\n${workspace.resource_group} · ${workspace.location}\n${workspace.folder}` : undefined}
        value={workspace?.id ?? ''}
        disabled={!workspaces.length}
        onFocus={() => void model.look()}
        onChange={event => void model.select(event.target.value)}
      >
        {workspace ? null : <option value="">{trans.__('No workspace')}</option>}
        {workspaces.map(each => (
          <option key={each.id} value={each.id}>
            {nameOf(each, workspaces)}
          </option>
        ))}
      </select>
      <caretDownEmptyIcon.react tag="span" aria-hidden="true" />
    </span>
  );
}

/** The name, with the resource group where another workspace has the same name. */
function nameOf(workspace: IWorkspace, all: readonly IWorkspace[]): string {
  const same = all.filter(each => each.name === workspace.name).length > 1;
  return same ? `${workspace.name} (${workspace.resource_group})` : workspace.name;
}
