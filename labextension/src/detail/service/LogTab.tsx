import { DisposableDelegate } from '@lumino/disposable';
import * as React from 'react';

import type { ServerEvent } from '../../api/types';
import { ILogSource, LogView } from '../../common/LogView';
import type { IDetailProps } from '../../tokens';
import type { IServiceProps } from './useRow';

/** The live log of a service. */
export function LogTab(props: IServiceProps): JSX.Element {
  const { client, workspace, id, trans, row } = props;
  const source = React.useMemo(() => logOf(client, workspace, id), [client, workspace, id]);
  return <LogView source={source} label={trans.__('Log of %1', row.name)} trans={trans} />;
}

/** The log of a service: read in parts, and pushed as it grows. */
function logOf(client: IDetailProps['client'], workspace: string, id: string): ILogSource {
  let name = ''; // as the server calls the log, once it was read
  return {
    read: async (from, max) => {
      const piece = await client.log(workspace, 'services', id, { from, max });
      name = piece.name;
      return piece;
    },
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
