import * as React from 'react';

/** A part of a view under a heading, which screen readers list as a region. */
export function Section(props: {
  title: string;
  count?: number;
  actions?: React.ReactNode;
  children: React.ReactNode;
}): JSX.Element {
  const id = React.useId();
  return (
    <section className="aml-Section" aria-labelledby={id}>
      <div className="aml-Section-head">
        <h2 id={id}>
          {props.title}
          {props.count === undefined ? null : <span className="aml-Section-count"> {props.count}</span>}
        </h2>
        {props.actions ? <div className="aml-Section-actions">{props.actions}</div> : null}
      </div>
      {props.children}
    </section>
  );
}

/** What stands where there is nothing to show, with what would put something there. */
export function Empty(props: { children: React.ReactNode }): JSX.Element {
  return <p className="aml-Empty">{props.children}</p>;
}
