import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IFile } from '../../api/types';
import { bytes } from '../../common/format';
import { logSource } from '../../common/logSource';
import { LogView } from '../../common/LogView';
import type { IDetailProps } from '../../tokens';

/** The log files of a run, one at a time, live. */
export function Logs(props: { view: IDetailProps; logs: readonly IFile[] }): JSX.Element {
  const { view, logs } = props;
  const { trans } = view;
  const [chosen, setChosen] = React.useState<string | null>(null);
  const name = logs.some(log => log.name === chosen) ? chosen : logs[0]?.name ?? null;
  const source = React.useMemo(
    () => (name === null ? null : logSource(view.client, view.workspace, 'runs', view.id, name)),
    [view.client, view.workspace, view.id, name]
  );
  if (source === null || name === null) {
    return <p className="aml-Empty">{trans.__('This run has written no log yet.')}</p>;
  }
  return (
    <div className="aml-Logs">
      {logs.length > 1 ? (
        <HTMLSelect
          aria-label={trans.__('Log file')}
          value={name}
          onChange={event => setChosen(event.currentTarget.value)}
        >
          {logs.map(log => (
            <option key={log.name} value={log.name}>
              {`${log.name} (${bytes(log.size)})`}
            </option>
          ))}
        </HTMLSelect>
      ) : null}
      <LogView key={name} source={source} label={trans.__('Log %1', name)} trans={trans} />
    </div>
  );
}
