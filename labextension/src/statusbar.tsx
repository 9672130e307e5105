import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from './common/hooks';
import { amlIcon } from './common/icons';
import { CommandIDs, IContext } from './tokens';

/** The workspace, and how its services are; a click shows the panel. */
export function statusItem(context: IContext): ReactWidget {
  const widget = ReactWidget.create(<Status {...context} />);
  widget.addClass('aml-StatusItem');
  return widget;
}

function Status({ app, model, trans }: IContext): JSX.Element {
  useSignal(model.stateChanged);
  const { workspace, standing } = model;
  const { rows } = model.slice('services');
  const running = rows.filter(row => row.tone === 'ok').length;
  const failed = rows.filter(row => row.tone === 'bad').length;
  const words = standing.state === 'ready' && workspace ? [workspace.name] : [trans.__('Azure ML: no connection')];
  if (standing.state === 'ready' && running) {
    words.push(trans._n('%1 running', '%1 running', running));
  }
  if (standing.state === 'ready' && failed) {
    words.push(trans._n('%1 failed', '%1 failed', failed));
  }
  return (
    <button
      type="button"
      className="aml-Status"
      title={trans.__('Azure ML: the workspace and its services')}
      onClick={() => void app.commands.execute(CommandIDs.show)}
    >
      <amlIcon.react tag="span" className="aml-Status-icon" aria-hidden="true" />
      <span>{words.join(' · ')}</span>
    </button>
  );
}
