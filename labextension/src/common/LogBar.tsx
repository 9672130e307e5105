import { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon, LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Level, LEVELS } from './logLines';

interface ILogBarProps {
  trans: TranslationBundle;
  search: React.RefObject<HTMLInputElement>;
  query: string;
  onQuery(text: string): void;
  hits: number;
  hit: number;
  onHit(index: number): void;
  counts: Record<Level, number>;
  hidden: ReadonlySet<Level>;
  onHidden(hidden: ReadonlySet<Level>): void;
  paused: boolean;
  onPaused(paused: boolean): void;
  wrap: boolean;
  onWrap(wrap: boolean): void;
  onEnd(): void;
  children?: React.ReactNode;
}

/** What can be done with a log: search, levels, pause, wrap, to the end. */
export function LogBar(props: ILogBarProps): JSX.Element {
  const { trans } = props;
  return (
    <div className="aml-Log-bar" role="group" aria-label={trans.__('Log')}>
      {props.children}
      <Search {...props} />
      <Levels {...props} />
      <span className="aml-Log-room" />
      <Switch on={props.paused} onChange={props.onPaused} label={trans.__('Pause')} />
      <Switch on={props.wrap} onChange={props.onWrap} label={trans.__('Wrap')} />
      <button type="button" className="jp-Button jp-mod-minimal jp-mod-small aml-Button" onClick={props.onEnd}>
        {trans.__('To the end')}
      </button>
    </div>
  );
}

function Search(props: ILogBarProps): JSX.Element {
  const { trans, query, hits, hit } = props;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') {
      props.onHit(event.shiftKey ? Math.max(hit, 0) - 1 : hit + 1);
    } else if (event.key === 'Escape') {
      props.onQuery('');
    }
  };
  return (
    <div className="aml-Log-search" role="search">
      <input
        ref={props.search}
        type="search"
        className="jp-mod-styled"
        value={query}
        placeholder={trans.__('Search the lines shown')}
        aria-label={trans.__('Search the log')}
        onChange={event => props.onQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {query && (
        <>
          <span className="aml-Log-hits" role="status">
            {hits ? trans.__('%1 of %2', hit < 0 ? '–' : hit + 1, hits) : trans.__('none')}
          </span>
          <Step icon={caretUpIcon} label={trans.__('Previous')} off={!hits} onClick={() => props.onHit(Math.max(hit, 0) - 1)} />
          <Step icon={caretDownIcon} label={trans.__('Next')} off={!hits} onClick={() => props.onHit(hit + 1)} />
        </>
      )}
    </div>
  );
}

function Step(props: { icon: LabIcon; label: string; off: boolean; onClick(): void }): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
      title={props.label}
      aria-label={props.label}
      disabled={props.off}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
    </button>
  );
}

function Levels(props: ILogBarProps): JSX.Element {
  const { trans, counts, hidden } = props;
  const names: Record<Level, string> = {
    error: trans.__('Errors'),
    warning: trans.__('Warnings'),
    info: trans.__('Info'),
    debug: trans.__('Debug'),
    none: trans.__('Output')
  };
  const toggle = (level: Level) => {
    const next = new Set(hidden);
    if (!next.delete(level)) {
      next.add(level);
    }
    props.onHidden(next);
  };
  return (
    <div className="aml-Log-levels" role="group" aria-label={trans.__('Levels that are shown')}>
      {LEVELS.filter(level => counts[level] || hidden.has(level)).map(level => (
        <button
          key={level}
          type="button"
          className={`aml-Chip aml-mod-${level}`}
          aria-pressed={!hidden.has(level)}
          onClick={() => toggle(level)}
        >
          {names[level]} <span className="aml-Chip-count">{counts[level]}</span>
        </button>
      ))}
    </div>
  );
}

function Switch(props: { on: boolean; onChange(on: boolean): void; label: string }): JSX.Element {
  return (
    <button type="button" className="aml-Chip" aria-pressed={props.on} onClick={() => props.onChange(!props.on)}>
      {props.label}
    </button>
  );
}
