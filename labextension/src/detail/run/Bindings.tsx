import * as React from 'react';

import { Section } from '../../common/Section';
import type { IDetailProps } from '../../tokens';

/** The inputs or outputs of a run, in whichever form its kind tells them; nothing where there are none. */
export function Bindings(props: { view: IDetailProps; title: string; told: unknown }): JSX.Element | null {
  const pairs = pairsOf(props.told);
  if (!pairs.length) {
    return null;
  }
  return (
    <Section title={props.title} count={pairs.length}>
      <dl className="aml-Facts">
        {pairs.map(([name, value]) => (
          <div key={name} className="aml-Facts-row">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function pairsOf(told: unknown): [string, string][] {
  if (Array.isArray(told)) {
    return told.map((each, index) => {
      const name = isObject(each) ? each.name ?? each.id : null;
      return [String(name ?? index + 1), words(each)];
    });
  }
  return isObject(told) ? Object.entries(told).map(([name, value]) => [name, words(value)]) : [];
}

function words(value: unknown): string {
  if (!isObject(value)) {
    return Array.isArray(value) ? value.map(words).join(', ') : String(value ?? '');
  }
  return Object.entries(value)
    .filter(([key, each]) => key !== 'name' && each !== null && each !== undefined && each !== '')
    .map(([key, each]) => `${key} ${words(each)}`)
    .join(', ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
