import * as React from 'react';

/** How a state is meant, whatever it is called; each has its colour and its sign. */
export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle' | 'none';

/** A state in a word, with a dot whose colour and shape say how it is meant. */
export function Badge(props: { tone: Tone; label: string; title?: string }): JSX.Element {
  return (
    <span className={`aml-Badge aml-mod-${props.tone}`} title={props.title}>
      <span className="aml-Badge-dot" aria-hidden="true" />
      <span className="aml-Badge-label">{props.label}</span>
    </span>
  );
}
