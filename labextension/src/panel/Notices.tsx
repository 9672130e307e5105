import * as React from 'react';

import { Button } from '../common/Button';
import { CopyButton } from '../common/CopyButton';
import { CommandIDs, IContext, VERSION } from '../tokens';

interface INotice {
  tone: 'warn' | 'bad' | 'idle';
  title: string;
  text: string[];
  /** What to type, and what it is to be typed into. */
  command?: string;
  action?: { label: string; run(): void };
}

/** What keeps the panel from showing a workspace, in words, with what to do; nothing when all is well. */
export function Notices({ context }: { context: IContext }): JSX.Element | null {
  const notice = noticeOf(context);
  if (notice === null) {
    return null;
  }
  const { trans } = context;
  const { tone, title, text, command, action } = notice;
  return (
    <div className={`aml-Notice aml-mod-${tone}`} role="alert">
      <h2>{title}</h2>
      {text.map(line => (
        <p key={line}>{line}</p>
      ))}
      {command ? (
        <div className="aml-Notice-command">
          <code>{command}</code>
          <CopyButton text={command} label={trans.__('Copy the command')} trans={trans} />
        </div>
      ) : null}
      {action ? (
        <div className="aml-Notice-actions">
          <Button label={action.label} onClick={action.run} />
        </div>
      ) : null}
    </div>
  );
}

function noticeOf(context: IContext): INotice | null {
  const { app, model, trans } = context;
  const { standing, lost } = model;
  const again = { label: trans.__('Try again now'), run: () => void app.commands.execute(CommandIDs.refresh) };
  switch (standing.state) {
    case 'away':
      return {
        tone: 'warn',
        title: trans.__('The server does not answer'),
        text: [
          standing.error.status ? standing.error.message : trans.__('The Jupyter server was stopped, or the network is away.'),
          trans.__('What is shown is how it was before. The panel tries again by itself.')
        ],
        action: again
      };
    case 'missing':
      return {
        tone: 'bad',
        title: trans.__('The server extension is missing'),
        text: [
          trans.__("The Jupyter server runs in an environment that has no aml_nb, or has not loaded it. Type this in the server's environment, then restart JupyterLab:")
        ],
        command: `pip install "aml_nb==${VERSION}" && jupyter server extension enable aml_nb.labserver`,
        action: again
      };
    case 'mismatch':
      return {
        tone: 'bad',
        title: trans.__('The panel has version %1, the server %2', VERSION, standing.server),
        text: [
          trans.__("Reload the page. If that does not help, type this in the server's environment and restart JupyterLab:")
        ],
        command: 'pip install --upgrade aml_nb',
        action: { label: trans.__('Reload the page'), run: () => window.location.reload() }
      };
    case 'none':
      return {
        tone: 'idle',
        title: lost ? trans.__('The workspace "%1" was deleted', lost) : trans.__('There is no workspace yet'),
        text: [trans.__('Make one in a notebook; it appears here by itself.')],
        command: "from azureml.core import Workspace\nws = Workspace.create(name='my-workspace')"
      };
    default:
      return lost
        ? {
            tone: 'warn',
            title: trans.__('The workspace "%1" was deleted', lost),
            text: [trans.__('The panel shows "%1" now.', model.workspace?.name ?? '')],
            action: { label: trans.__('OK'), run: () => model.forgetLost() }
          }
        : null;
  }
}
