import { Notification } from '@jupyterlab/apputils';

import { asApiError } from '../../api/errors';
import type { IRow } from '../../api/types';
import { confirm } from '../../common/Confirm';
import type { IServiceProps } from './useRow';

type Given = Pick<IServiceProps, 'client' | 'workspace' | 'id' | 'row' | 'trans' | 'again'>;

/** A failure as one text: what failed and the next thing to do. */
export function inWords(error: unknown): string {
  const { message, hint } = asApiError(error);
  return hint ? `${message}\n${hint}` : message;
}

/** Do something that takes a while under a notification; whether it was taken. */
async function told(given: Given, doing: Promise<unknown>, pending: string, done: string): Promise<boolean> {
  const { row, trans } = given;
  const answered = doing.then(answer => {
    const now = (answer as { row?: IRow } | null)?.row;
    // What goes on afterwards is told by the state, and by the notice of its end.
    return now?.tone === 'busy' ? trans.__('%1 took that and is %2', row.name, now.state) : done;
  });
  Notification.promise(answered, {
    pending: { message: pending, options: { autoClose: false } },
    success: { message: said => said as string, options: { autoClose: 4000 } },
    error: { message: reason => inWords(reason), options: { autoClose: false } }
  });
  try {
    await answered;
    return true;
  } catch {
    return false; // the notification says why
  } finally {
    given.again();
  }
}

export function reload(given: Given): Promise<boolean> {
  const { client, workspace, id, row, trans } = given;
  return told(
    given,
    client.reload(workspace, id),
    trans.__('Reloading %1…', row.name),
    trans.__('%1 is reloaded', row.name)
  );
}

export function update(given: Given, changes: Record<string, unknown>): Promise<boolean> {
  const { client, workspace, id, row, trans } = given;
  return told(
    given,
    client.update(workspace, id, changes),
    trans.__('Updating %1…', row.name),
    trans.__('%1 is updated', row.name)
  );
}

export type Size = { num_replicas: number } | { autoscale_min_replicas: number; autoscale_max_replicas: number };

export function scale(given: Given, size: Size): Promise<boolean> {
  const { client, workspace, id, row, trans } = given;
  return told(
    given,
    client.scale(workspace, id, size),
    trans.__('Scaling %1…', row.name),
    trans.__('%1 is scaled', row.name)
  );
}

export function regenerateKey(given: Given, key: 'Primary' | 'Secondary'): Promise<boolean> {
  const { client, workspace, id, row, trans } = given;
  return told(
    given,
    client.regenerateKey(workspace, id, key),
    trans.__('Making a new key for %1…', row.name),
    trans.__('%1 has a new %2 key', row.name, key.toLowerCase())
  );
}

/** Ask whether the service is to be deleted, by its name. */
export function mayRemove({ row, trans }: Given): Promise<boolean> {
  return confirm({
    title: trans.__('Delete the service %1?', row.name),
    body: trans.__('It answers no more, and its address, keys and log are gone. Its models stay registered.'),
    action: trans.__('Delete %1', row.name),
    trans
  });
}

export async function remove(given: Given): Promise<boolean> {
  const { client, workspace, id, row, trans } = given;
  const done = await told(
    { ...given, again: () => undefined }, // there is nothing to be read any more
    client.remove(workspace, 'services', id),
    trans.__('Deleting %1…', row.name),
    trans.__('%1 is deleted', row.name)
  );
  if (!done) {
    given.again();
  }
  return done;
}
