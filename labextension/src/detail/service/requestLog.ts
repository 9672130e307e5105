import { levelOf, Level } from '../../common/logLines';

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
