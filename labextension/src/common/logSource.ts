import { DisposableDelegate } from '@lumino/disposable';

import type { Client } from '../api/client';
import type { ServerEvent } from '../api/types';
import type { ILogPart } from './logLines';
import type { ILogSource } from './LogView';

const POLL_MS = 3000;
const MOST = 256 * 1024;

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
      let at = from;
      let asking = false;
      let stopped = false;
      const take = (part: ILogPart) => {
        at = part.to;
        listener(part);
      };
      const onEvent = (_: unknown, event: ServerEvent) => {
        if (event.event === 'log' && event.kind === kind && event.id === id && event.name === name) {
          take(event);
        }
      };
      // Where nothing can be pushed, as behind some proxies, what was written since is asked for.
      const poll = window.setInterval(() => {
        if (client.socket.isOpen || document.hidden || asking) {
          return;
        }
        asking = true;
        client
          .log(workspace, kind, id, { name, from: at, max: MOST })
          .then(part => (part.from !== at || part.to > at) && !stopped && !client.socket.isOpen && take(part))
          .catch(() => undefined) // the server is away: what is shown stays
          .finally(() => (asking = false));
      }, POLL_MS);
      client.socket.received.connect(onEvent);
      const unfollow = client.socket.follow({ channel: 'log', workspace, kind, id, name, from });
      return new DisposableDelegate(() => {
        stopped = true;
        window.clearInterval(poll);
        client.socket.received.disconnect(onEvent);
        unfollow();
      });
    }
  };
}
