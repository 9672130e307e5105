import type { Client } from '../../api/client';
import type { IAnswer } from '../../api/types';
import { levelOf, Level } from '../../common/logLines';
import { header, IWhy } from './sending';

const TAIL = 64 * 1024;

/** Why a request failed: what the service's log has of it, and what that was found to mean. */
export async function reasonOf(client: Client, workspace: string, id: string, answer: IAnswer): Promise<IWhy | null> {
  const identity = header(answer, 'x-ms-request-id') ?? header(answer, 'x-request-id');
  const [log, diagnosis] = await Promise.all([
    client.log(workspace, 'services', id, { from: -TAIL, max: TAIL }).catch(() => null),
    client.diagnosis(workspace, id).catch(() => null)
  ]);
  const lines = log ? told(log.text, identity) : [];
  return diagnosis || lines.length ? { diagnosis, lines } : null;
}

/** The lines that tell why a request failed: the error in the log just before the line of the request. */
export function told(log: string, identity: string | null): string[] {
  const lines = log.split('\n');
  let level: Level = 'none';
  const levels = lines.map(line => (level = levelOf(line, level)));
  let at = identity ? lines.findIndex(line => line.includes(identity)) : -1;
  at = at < 0 ? lines.length : at;
  let end = at;
  while (end > 0 && end > at - 20 && levels[end - 1] !== 'error') {
    end--;
  }
  let start = end;
  while (start > 0 && levels[start - 1] === 'error') {
    start--;
  }
  return lines.slice(start, end);
}
