import { DisposableDelegate } from '@lumino/disposable';

import type { Client } from '../api/client';
import type { ServerEvent } from '../api/types';
import type { ILogSource } from './LogView';

/** A log of a service or a run: read in pieces, then followed as it grows. */
export function logSource(
  client: Client,
  workspace: string,
  kind: 'services' | 'runs',
  id: string,
  name: string
): ILogSource {
  return {
    read: (from, max) => client.log(workspace, kind, id, { name, from, max }),
    follow: (from, listener) => {
      const onEvent = (_: unknown, event: ServerEvent) => {
        if (event.event === 'log' && event.kind === kind && event.id === id && event.name === name) {
          listener(event);
        }
      };
      client.socket.received.connect(onEvent);
      const unfollow = client.socket.follow({ channel: 'log', workspace, kind, id, name, from });
      return new DisposableDelegate(() => {
        client.socket.received.disconnect(onEvent);
        unfollow();
      });
    }
  };
}
