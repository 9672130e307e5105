import { Clipboard } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

const SHOWN_MS = 1500;

/** Put text on the clipboard, also where the page is not served from a secure origin. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    Clipboard.copyToSystem(text);
  }
}

interface ICopyButtonProps {
  /** The text, or who fetches it when it is asked for. */
  text: string | (() => Promise<string>);
  /** What is copied, such as "Copy the scoring URI". */
  label: string;
  trans: TranslationBundle;
  /** Show the label beside the icon. */
  wide?: boolean;
  disabled?: boolean;
  /** Told when the text could not be fetched. */
  onError?(error: unknown): void;
}

/** A button that copies, and says that it has. */
export function CopyButton(props: ICopyButtonProps): JSX.Element {
  const { text, label, trans, onError } = props;
  const [done, setDone] = React.useState(false);
  React.useEffect(() => {
    if (!done) {
      return;
    }
    const timer = window.setTimeout(() => setDone(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [done]);

  const onClick = async () => {
    try {
      await copy(typeof text === 'string' ? text : await text());
      setDone(true);
    } catch (error) {
      onError?.(error);
    }
  };

  const Icon = done ? checkIcon.react : copyIcon.react;
  return (
    <button
      type="button"
      className={`jp-Button jp-mod-minimal jp-mod-small aml-Button ${done ? 'aml-mod-done' : ''}`}
      title={props.wide ? undefined : label}
      aria-label={props.wide ? undefined : label}
      disabled={props.disabled}
      onClick={() => void onClick()}
    >
      <Icon tag="span" className="aml-Button-icon" aria-hidden="true" />
      {props.wide && <span>{label}</span>}
      <span className="aml-sr-only" role="status">
        {done ? trans.__('Copied') : ''}
      </span>
    </button>
  );
}
