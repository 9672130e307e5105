import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import { DocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IWhere } from '../api/types';

interface IWhereProps {
  where: IWhere;
  app: JupyterFrontEnd;
  trans: TranslationBundle;
}

/** Lines of the user's own script with the one that failed; the file opens there, where Lab can reach it. */
export function Where({ where, app, trans }: IWhereProps): JSX.Element {
  const path = inLab(where.file);
  const place = trans.__('%1, line %2', where.file, where.line);
  const open = async () => {
    const widget = await app.commands.execute('docmanager:open', { path });
    if (!(widget instanceof DocumentWidget)) {
      return;
    }
    await Promise.all([widget.revealed, widget.context.ready]);
    const go = 'fileeditor:go-to-line';
    if (app.commands.hasCommand(go)) {
      await app.commands.execute(go, { line: where.line });
    }
  };
  return (
    <figure className="aml-Where">
      <figcaption>
        {path === null ? (
          <code>{place}</code>
        ) : (
          <button type="button" className="aml-Link" onClick={() => void open()}>
            {place}
          </button>
        )}
      </figcaption>
      {where.lines.length > 0 && (
        <pre tabIndex={0} aria-label={place}>
          {where.lines.map(line => (
            <span key={line.number} className={`aml-Where-line ${line.marked ? 'aml-mod-marked' : ''}`}>
              <span className="aml-Where-sign" aria-hidden={!line.marked}>
                {line.marked ? '→' : ' '}
              </span>
              <span className="aml-Where-number">{line.number}</span>
              {line.text}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
    </figure>
  );
}

/** The path as Lab's files have it; null for a file outside the folder that the server shows. */
function inLab(file: string): string | null {
  const root = PageConfig.getOption('serverRoot').replace(/\/+$/, '');
  if (!root || root.startsWith('~') || !file.startsWith(`${root}/`)) {
    return null;
  }
  return PathExt.relative(root, file);
}
