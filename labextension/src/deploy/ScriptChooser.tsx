import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { folderIcon, pythonIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ITrouble, Trouble, troubleOf } from '../common/Trouble';

interface IChooserProps {
  app: JupyterFrontEnd;
  trans: TranslationBundle;
  /** The folder that is shown first. */
  folder: string;
  chosen: string;
  onChoose: (path: string) => void;
}

interface IListing {
  folders: string[];
  scripts: string[];
}

/** The folders and Python files that the file browser has; a dialog cannot open the file browser's own. */
export function ScriptChooser(props: IChooserProps): JSX.Element {
  const { app, trans, chosen } = props;
  const [folder, setFolder] = React.useState(props.folder);
  const [listing, setListing] = React.useState<IListing | null>(null);
  const [trouble, setTrouble] = React.useState<ITrouble | null>(null);
  React.useEffect(() => {
    let gone = false;
    listed(app, folder).then(
      found => {
        if (!gone) {
          setListing(found);
          setTrouble(null);
        }
      },
      error => !gone && setTrouble(troubleOf(error))
    );
    return () => {
      gone = true;
    };
  }, [app, folder]);

  return (
    <div className="aml-Chooser" role="group" aria-label={trans.__('Python files')}>
      <div className="aml-Chooser-path">
        <folderIcon.react tag="span" className="aml-Link-icon" aria-hidden="true" />
        <span>/{folder}</span>
      </div>
      {trouble ? <Trouble error={trouble} /> : null}
      <ul>
        {folder ? <Item label=".." folder onClick={() => setFolder(PathExt.dirname(folder))} /> : null}
        {listing?.folders.map(name => (
          <Item key={name} label={name} folder onClick={() => setFolder(PathExt.join(folder, name))} />
        ))}
        {listing?.scripts.map(name => {
          const path = PathExt.join(folder, name);
          return <Item key={name} label={name} chosen={path === chosen} onClick={() => props.onChoose(path)} />;
        })}
        {listing && !listing.scripts.length ? (
          <li className="aml-mod-quiet">{trans.__('No Python file is in this folder.')}</li>
        ) : null}
      </ul>
    </div>
  );
}

function Item(props: { label: string; folder?: boolean; chosen?: boolean; onClick: () => void }): JSX.Element {
  const Icon = props.folder ? folderIcon.react : pythonIcon.react;
  return (
    <li>
      <button
        type="button"
        className="aml-Chooser-item"
        aria-pressed={props.folder ? undefined : !!props.chosen}
        onClick={props.onClick}
      >
        <Icon tag="span" className="aml-Link-icon" aria-hidden="true" />
        {props.label}
      </button>
    </li>
  );
}

async function listed(app: JupyterFrontEnd, folder: string): Promise<IListing> {
  const model = await app.serviceManager.contents.get(folder, { content: true });
  const inside = (model.content ?? []) as { name: string; type: string }[];
  const names = (keep: (each: { name: string; type: string }) => boolean) =>
    inside
      .filter(keep)
      .map(each => each.name)
      .sort((one, other) => one.localeCompare(other, undefined, { numeric: true }));
  return {
    folders: names(each => each.type === 'directory'),
    scripts: names(each => each.type !== 'directory' && each.name.endsWith('.py'))
  };
}
