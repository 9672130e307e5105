import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

/** What every failure tells: what failed, the next thing to do, and where in the user's own file. */
export interface ITrouble {
  message: string;
  hint?: string | null;
  code?: string;
  where?: unknown;
}

/** An error in words, read out as soon as it is there. */
export function Trouble(props: {
  title?: string;
  error: ITrouble;
  trans?: TranslationBundle;
  children?: React.ReactNode;
}): JSX.Element {
  const { error, trans } = props;
  return (
    <div className="aml-Trouble" role="alert">
      {props.title ? <strong>{props.title}</strong> : null}
      <pre>{error.message}</pre>
      {error.hint ? <p className="aml-Trouble-hint">{trans ? trans.__('Try: %1', error.hint) : error.hint}</p> : null}
      {props.children}
    </div>
  );
}

/** Whatever was thrown, as something to show. */
export function troubleOf(error: unknown): ITrouble {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const told = error as { message: unknown; hint?: unknown; code?: unknown; where?: unknown };
    return {
      message: String(told.message),
      hint: typeof told.hint === 'string' ? told.hint : null,
      code: typeof told.code === 'string' ? told.code : undefined,
      where: told.where
    };
  }
  return { message: String(error) };
}
