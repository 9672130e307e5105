import * as React from 'react';

/** A label and what it says; nothing is shown of facts that are empty. */
export type Fact = [label: string, value: React.ReactNode];

/** What is known of something, one line a fact. */
export function Facts(props: { facts: Fact[] }): JSX.Element {
  return (
    <dl className="aml-Facts">
      {props.facts.filter(([, value]) => known(value)).map(([label, value]) => (
        <div key={label} className="aml-Facts-row">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Tags or properties, one chip each. */
export function Tags(props: { tags: Record<string, unknown> | undefined }): JSX.Element | null {
  const pairs = Object.entries(props.tags ?? {});
  if (!pairs.length) {
    return null;
  }
  return (
    <ul className="aml-Tags">
      {pairs.map(([key, value]) => (
        <li key={key} className="aml-Tags-tag">
          <span className="aml-Tags-key">{key}</span>
          {told(value) ? <span className="aml-Tags-value">{told(value)}</span> : null}
        </li>
      ))}
    </ul>
  );
}

function known(value: React.ReactNode): boolean {
  return value !== null && value !== undefined && value !== '' && value !== false;
}

function told(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
