/** Lines of a log as a window of some thousand: what is older or newer is let go and read again when asked for. */

export type Level = 'error' | 'warning' | 'info' | 'debug' | 'none';

export const LEVELS: readonly Level[] = ['error', 'warning', 'info', 'debug', 'none'];

export interface ILine {
  /** Stays with the line as long as it is in the window. */
  key: number;
  text: string;
  level: Level;
  /** How long it is in the log, with what ends it. */
  bytes: number;
}

/** A part of a log, by bytes. */
export interface ILogPart {
  from: number;
  to: number;
  text: string;
}

const MOST_LINES = 5000;
const LONGEST = 8000;

const ENCODER = new TextEncoder();

const LETTER = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+ ([DIWEC]) /;
const WORD = /\b(CRITICAL|FATAL|ERROR|WARNING|WARN|INFO|DEBUG|TRACE)\b/;
const CONTINUED =
  /^(\s+\S|-->|.*, line \d+$|Traceback \(most recent|During handling of|The above exception|[\w.]+(Error|Exception|Interrupt|Exit)\b)/;
const RAISED = /^(Traceback \(most recent|[\w.]+(Error|Exception|Interrupt)(:|$))/;
// eslint-disable-next-line no-control-regex
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07/g;

const LEVEL_OF: Record<string, Level> = {
  D: 'debug',
  DEBUG: 'debug',
  TRACE: 'debug',
  I: 'info',
  INFO: 'info',
  W: 'warning',
  WARN: 'warning',
  WARNING: 'warning',
  E: 'error',
  C: 'error',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error'
};

/** The level of a line; what continues a message has that of the line before it. */
export function levelOf(text: string, before: Level): Level {
  const letter = LETTER.exec(text);
  if (letter) {
    return LEVEL_OF[letter[1]];
  }
  if (before === 'error' && CONTINUED.test(text)) {
    return 'error';
  }
  if (RAISED.test(text)) {
    return 'error';
  }
  const word = WORD.exec(text.slice(0, 60));
  if (word) {
    return LEVEL_OF[word[1]];
  }
  return CONTINUED.test(text) ? before : 'none';
}

/** What of a line is shown: without the codes that colour terminals, and not longer than can be drawn. */
function shown(text: string): string {
  let line = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (line.includes('\r')) {
    line = line.slice(line.lastIndexOf('\r') + 1); // a progress bar writes over itself
  }
  if (line.includes('\x1b')) {
    line = line.replace(ESCAPES, '');
  }
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} … (+${line.length - LONGEST})` : line;
}

/** A part of the log as lines; joined on either end by others. */
export class LogWindow {
  lines: ILine[] = [];
  /** What is in the page: from this byte of the log … */
  from = 0;
  /** … to this one. */
  to = 0;

  /** Begin anew with a part of the log. */
  begin(part: ILogPart): void {
    this.lines = [];
    this._open = '';
    this.from = this.to = part.from;
    this.append(part);
  }

  /** Take what came after; false where it does not join on, as after the log was turned over. */
  append(part: ILogPart): boolean {
    if (part.from !== this.to) {
      return false;
    }
    this.to = part.to;
    const pieces = (this._open + part.text).split('\n');
    if (this._open) {
      this.lines.pop(); // its end has come
    }
    this._open = pieces.pop() as string;
    let level = this.lines[this.lines.length - 1]?.level ?? 'none';
    for (const piece of pieces) {
      level = this._push(piece, level, 1);
    }
    if (this._open) {
      this._push(this._open, level, 0);
    }
    for (const line of this.lines.splice(0, Math.max(0, this.lines.length - MOST_LINES))) {
      this.from += line.bytes;
    }
    return true;
  }

  /** Take what was before, and let go of the newest lines where there are too many; tells whether some went. */
  prepend(part: ILogPart): boolean {
    const pieces = part.text.split('\n');
    if (pieces[pieces.length - 1] === '') {
      pieces.pop();
    }
    let level: Level = 'none';
    const lines = pieces.map(piece => lineOf(piece, (level = levelOf(piece, level)), 1));
    for (const line of [...lines].reverse()) {
      line.key = this._first--;
    }
    const all = lines.concat(this.lines);
    const gone = all.splice(MOST_LINES);
    for (const line of gone) {
      this.to -= line.bytes;
    }
    if (gone.length) {
      this._open = '';
    }
    this.lines = all;
    this.from = part.from;
    return gone.length > 0;
  }

  private _push(text: string, before: Level, end: number): Level {
    const level = levelOf(text, before);
    this.lines.push({ ...lineOf(text, level, end), key: this._next++ });
    return level;
  }

  private _open = '';
  private _next = 1;
  private _first = 0;
}

function lineOf(text: string, level: Level, end: number): ILine {
  return { key: 0, text: shown(text), level, bytes: length(text) + end };
}

/** Bytes of a text in UTF-8. */
function length(text: string): number {
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text.length : ENCODER.encode(text).length;
}
