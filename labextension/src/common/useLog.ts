import type { IDisposable } from '@lumino/disposable';
import * as React from 'react';

import { ILogPart, LogWindow } from './logLines';
import { ITrouble, troubleOf } from './Trouble';

/** Where a log comes from. */
export interface ILogSource {
  /** Read from a byte of the log, or, where `from` is negative, that many bytes before its end. */
  read(from: number, max: number): Promise<ILogPart & { size: number }>;
  /** Be told of what is written from a byte on. */
  follow(from: number, listener: (part: ILogPart) => void): IDisposable;
}

const TAIL = 256 * 1024;
/** A log that could not be read is tried again, as the server may only be away. */
const AGAIN_MS = 3000;

interface ILog {
  window: LogWindow;
  /** Whether the newest line that there is is in the window. */
  atEnd: boolean;
  loading: boolean;
  trouble: ITrouble | null;
  /** Counts up with every change: the window itself stays the same object. */
  version: number;
  /** Read what was before the first line. */
  earlier(): Promise<void>;
  toEnd(): void;
}

/** The window of a log that follows its end while `live`. */
export function useLog(source: ILogSource, live: boolean): ILog {
  const window_ = React.useRef(new LogWindow());
  const [version, changed] = React.useReducer((count: number) => count + 1, 0);
  const [atEnd, setAtEnd] = React.useState(false);
  const [loading, setLoading] = React.useState(true);
  const [trouble, setTrouble] = React.useState<ITrouble | null>(null);
  const [begun, begin] = React.useReducer((count: number) => count + 1, 0);

  React.useEffect(() => {
    let gone = false;
    let timer = 0;
    setLoading(true);
    setAtEnd(false);
    source
      .read(-TAIL, TAIL)
      .then(part => {
        if (!gone) {
          window_.current.begin(part);
          setTrouble(null);
          setAtEnd(true);
          changed();
        }
      })
      .catch(error => {
        if (!gone) {
          setTrouble(troubleOf(error));
          timer = window.setTimeout(begin, AGAIN_MS);
        }
      })
      .finally(() => !gone && setLoading(false));
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [source, begun]);

  React.useEffect(() => {
    if (!live || !atEnd) {
      return;
    }
    let frame = 0; // a flood of lines is drawn once a frame
    const following = source.follow(window_.current.to, part => {
      if (!window_.current.append(part)) {
        window_.current.begin(part);
      }
      frame = frame || requestAnimationFrame(() => ((frame = 0), changed()));
    });
    return () => {
      cancelAnimationFrame(frame);
      following.dispose();
    };
  }, [source, live, atEnd]);

  const earlier = async () => {
    setLoading(true);
    try {
      const log = window_.current;
      const from = Math.max(0, log.from - TAIL);
      const part = await source.read(from, log.from - from);
      if (log.prepend(part)) {
        setAtEnd(false);
      }
      changed();
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setLoading(false);
    }
  };

  return { window: window_.current, atEnd, loading, trouble, version, earlier, toEnd: begin };
}
