import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { LogBar } from './LogBar';
import { ILine, Level, LEVELS } from './logLines';
import { Trouble } from './Trouble';
import { useLines } from './useLines';
import { ILogSource, useLog } from './useLog';

export type { ILogSource } from './useLog';

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
  const [found, setFound] = React.useState(0); // the key of the line that was found last
  const log = useLog(props.source, !paused);
  const scroller = React.useRef<HTMLDivElement>(null);
  const list = React.useRef<HTMLDivElement>(null);
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
  const hit = hits.findIndex(at => lines[at].key === found);
  const counts = React.useMemo(() => counted(log.window.lines), [log.version]);

  const seen = useLines(scroller, list, lines, wrap, stick);

  const goTo = (index: number) => {
    if (hits.length) {
      const next = (index + hits.length) % hits.length;
      setFound(lines[hits[next]].key);
      seen.show(hits[next]);
    }
  };
  // The newest line that is found is shown first, as a log is read from its end.
  React.useEffect(() => goTo(hits.length - 1), [needle]);

  const earlier = () => {
    stick.current = false;
    void log.earlier();
  };
  const toEnd = () => {
    stick.current = true;
    if (log.atEnd && scroller.current) {
      scroller.current.scrollTop = scroller.current.scrollHeight;
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
        onQuery={setQuery}
        hits={hits.length}
        hit={hit}
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
      >
        {log.window.from > 0 && (
          <button
            type="button"
            className="jp-Button jp-mod-minimal jp-mod-small aml-Log-earlier"
            disabled={log.loading}
            onClick={earlier}
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
        <div>
          <div style={{ height: seen.before }} />
          <div ref={list} className="aml-Log-list">
            {lines.slice(seen.from, seen.to).map(line => (
              <div
                key={line.key}
                className={`aml-Log-line aml-mod-${line.level} ${
                  needle && line.key === found ? 'aml-mod-hit' : ''
                }`}
              >
                <Marked text={line.text} needle={needle} />
              </div>
            ))}
          </div>
          <div style={{ height: seen.after }} />
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
