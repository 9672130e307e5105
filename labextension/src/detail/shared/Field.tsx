import * as React from 'react';

/** A label, a field below it, and below that what is wrong with it or helps to fill it in. */
export function Field(props: {
  label: string;
  help?: React.ReactNode;
  error?: string | null;
  /** Draws the field with the attributes that tie it to its label. */
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => React.ReactNode;
}): JSX.Element {
  const id = React.useId();
  const told = props.error || props.help;
  return (
    <div className="aml-Field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        ...(told ? { 'aria-describedby': `${id}-told` } : {}),
        ...(props.error ? { 'aria-invalid': true as const } : {})
      })}
      {told ? (
        <div id={`${id}-told`} className={props.error ? 'aml-Field-error' : 'aml-Field-help'} aria-live="polite">
          {told}
        </div>
      ) : null}
    </div>
  );
}
