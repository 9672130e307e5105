import { IDisposable } from '@lumino/disposable';
import { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { LogBar } from './LogBar';
import { ILine, ILogPart, Level, LEVELS, LogWindow } from './logLines';
import { ITrouble, Trouble, troubleOf } from './Trouble';

/** Where a log comes from. */
export interface ILogSource {
  /** Read from a byte of the log, or, where `from` is negative, that many bytes before its end. */
  read(from: number, max: number): Promise<ILogPart & { size: number }>;
  /** Be told of what is written from a byte on. */
  follow(from: number, listener: (part: ILogPart) => void): IDisposable;
}

const TAIL = 256 * 1024;
const LINE_HEIGHT = 18;

interface ILog {
  window: LogWindow;
  /** Whether the newest line that there is is in the window. */
  atEnd: boolean;
  loading: boolean;
  trouble: ITrouble | null;
  /** Counts up with every change: the window itself stays the same object. */
  version: number;
  earlier(): Promise<number>;
  toEnd(): void;
}

/** The window of a log that follows its end while `live`. */
function useLog(source: ILogSource, live: boolean): ILog {
  const window_ = React.useRef(new LogWindow());
  const [version, changed] = React.useReducer((count: number) => count + 1, 0);
  const [atEnd, setAtEnd] = React.useState(false);
  const [loading, setLoading] = React.useState(true);
  const [trouble, setTrouble] = React.useState<ITrouble | null>(null);
  const [begun, begin] = React.useReducer((count: number) => count + 1, 0);

  React.useEffect(() => {
    let gone = false;
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
      .catch(error => !gone && setTrouble(troubleOf(error)))
      .finally(() => !gone && setLoading(false));
    return () => {
      gone = true;
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
      const { added, gone } = log.prepend(part);
      if (gone) {
        setAtEnd(false);
      }
      changed();
      return added;
    } catch (error) {
      setTrouble(troubleOf(error));
      return 0;
    } finally {
      setLoading(false);
    }
  };

  return { window: window_.current, atEnd, loading, trouble, version, earlier, toEnd: begin };
}

/** A live log: levels, search, pause; only some thousand of its lines are ever in the page. */
export function LogView(props: {
  source: ILogSource;
  label: string;
  trans: TranslationBundle;
  /** Stands before the search, such as the choice of a log. */
  children?: React.ReactNode;
}): JSX.Element {
  const { trans } = props;
  const [paused, setPaused] = React.useState(false);
  const [wrap, setWrap] = React.useState(false);
  const [hidden, setHidden] = React.useState<ReadonlySet<Level>>(new Set());
  const [query, setQuery] = React.useState('');
  const [hit, setHit] = React.useState(0);
  const log = useLog(props.source, !paused);
  const scroller = React.useRef<HTMLDivElement>(null);
  const search = React.useRef<HTMLInputElement>(null);
  const stick = React.useRef(true);

  const lines = React.useMemo(
    () => (hidden.size ? log.window.lines.filter(line => !hidden.has(line.level)) : [...log.window.lines]),
    [log.version, hidden]
  );
  const needle = query.toLowerCase();
  const hits = React.useMemo(
    () => (needle ? lines.flatMap((line, at) => (line.text.toLowerCase().includes(needle) ? [at] : [])) : []),
    [lines, needle]
  );
  const counts = React.useMemo(() => counted(log.window.lines), [log.version]);

  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    getItemKey: at => lines[at].key,
    overscan: 30
  });
  React.useEffect(() => rows.measure(), [wrap]);
  React.useLayoutEffect(() => {
    if (stick.current && lines.length) {
      rows.scrollToIndex(lines.length - 1, { align: 'end' });
    }
  }, [lines, wrap]);

  const onScroll = () => {
    const node = scroller.current;
    if (node) {
      stick.current = log.atEnd && node.scrollHeight - node.scrollTop - node.clientHeight < 2 * LINE_HEIGHT;
    }
  };
  const goTo = (index: number) => {
    if (hits.length) {
      const next = (index + hits.length) % hits.length;
      stick.current = false;
      setHit(next);
      rows.scrollToIndex(hits[next], { align: 'center' });
    }
  };
  const onQuery = (text: string) => {
    setQuery(text);
    setHit(0);
  };
  // The newest line that is found is shown first, as a log is read from its end.
  React.useEffect(() => goTo(hits.length - 1), [needle]);

  const earlier = async () => {
    stick.current = false;
    const first = rows.range?.startIndex ?? 0;
    const added = await log.earlier();
    if (added && !hidden.size) {
      requestAnimationFrame(() => rows.scrollToIndex(first + added, { align: 'start' }));
    }
  };
  const toEnd = () => {
    stick.current = true;
    if (log.atEnd) {
      rows.scrollToIndex(lines.length - 1, { align: 'end' });
    } else {
      log.toEnd();
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'f' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      search.current?.focus();
      search.current?.select();
    }
  };

  return (
    <div className="aml-Log" onKeyDown={onKeyDown}>
      <LogBar
        trans={trans}
        search={search}
        query={query}
        onQuery={onQuery}
        hits={hits.length}
        hit={Math.min(hit, hits.length - 1)}
        onHit={goTo}
        counts={counts}
        hidden={hidden}
        onHidden={setHidden}
        paused={paused}
        onPaused={setPaused}
        wrap={wrap}
        onWrap={setWrap}
        onEnd={toEnd}
      >
        {props.children}
      </LogBar>
      {log.trouble && <Trouble error={log.trouble} />}
      <div
        ref={scroller}
        className={`aml-Log-lines ${wrap ? 'aml-mod-wrap' : ''}`}
        role="log"
        aria-live="off"
        aria-label={props.label}
        aria-busy={log.loading}
        tabIndex={0}
        onScroll={onScroll}
      >
        {log.window.from > 0 && (
          <button
            type="button"
            className="jp-Button jp-mod-minimal jp-mod-small aml-Log-earlier"
            disabled={log.loading}
            onClick={() => void earlier()}
          >
            {trans.__('Load earlier lines')}
          </button>
        )}
        {!lines.length && !log.trouble && (
          <p className="aml-Empty">
            {log.loading
              ? trans.__('Reading the log…')
              : log.window.lines.length
                ? trans.__('All lines are of levels that are not shown.')
                : trans.__('Nothing is in the log yet.')}
          </p>
        )}
        <div className="aml-Log-space" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(row => (
            <div
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className={`aml-Log-line aml-mod-${lines[row.index].level} ${
                needle && hits[hit] === row.index ? 'aml-mod-hit' : ''
              }`}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <Marked text={lines[row.index].text} needle={needle} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function counted(lines: readonly ILine[]): Record<Level, number> {
  const counts = Object.fromEntries(LEVELS.map(level => [level, 0])) as Record<Level, number>;
  for (const line of lines) {
    counts[line.level]++;
  }
  return counts;
}

/** A line with what is searched for marked. */
function Marked(props: { text: string; needle: string }): JSX.Element {
  const { text, needle } = props;
  const lower = text.toLowerCase();
  const parts: React.ReactNode[] = [];
  let done = 0;
  // Some letters are longer in lower case: then places do not agree, and nothing is marked.
  if (needle && lower.length === text.length) {
    for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, done)) {
      parts.push(text.slice(done, at), <mark key={at}>{text.slice(at, at + needle.length)}</mark>);
      done = at + needle.length;
    }
  }
  return (
    <>
      {parts}
      {text.slice(done) || (done ? '' : '\u00a0')}
    </>
  );
}
