import { DisposableDelegate } from '@lumino/disposable';
import * as React from 'react';

import type { ServerEvent } from '../../api/types';
import { ILogSource, LogView } from '../../common/LogView';
import type { IDetailProps } from '../../tokens';
import type { IServiceProps } from './useRow';

/** The live log of a service, or what was said while it was deployed. */
export function LogTab(props: IServiceProps): JSX.Element {
  const { client, workspace, id, trans, row, service } = props;
  const [name, setName] = React.useState(service.scoring_uri || service.diagnosis ? 'service' : 'deployment');
  const source = React.useMemo(() => logOf(client, workspace, id, name), [client, workspace, id, name]);
  const names: [id: string, label: string][] = [
    ['service', trans.__('Service')],
    ['deployment', trans.__('Deployment')]
  ];
  return (
    <div className="aml-LogTab">
      <div className="aml-Segments" role="group" aria-label={trans.__('Which log')}>
        {names.map(([each, label]) => (
          <button
            key={each}
            type="button"
            className="aml-Chip"
            aria-pressed={each === name}
            onClick={() => setName(each)}
          >
            {label}
          </button>
        ))}
      </div>
      <LogView source={source} label={trans.__('Log of %1', row.name)} trans={trans} />
    </div>
  );
}

/** The log of a service: read in parts, and pushed as it grows. */
function logOf(client: IDetailProps['client'], workspace: string, id: string, name: string): ILogSource {
  return {
    read: (from, max) => client.log(workspace, 'services', id, { name, from, max }),
    follow: (from, listener) => {
      const onEvent = (_: unknown, event: ServerEvent) => {
        if (event.event === 'log' && event.kind === 'services' && event.id === id && event.name === name) {
          listener(event);
        }
      };
      client.socket.received.connect(onEvent);
      const stop = client.socket.follow({ channel: 'log', workspace, kind: 'services', id, name, from });
      return new DisposableDelegate(() => {
        client.socket.received.disconnect(onEvent);
        stop();
      });
    }
  };
}
