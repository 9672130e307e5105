import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IButtonProps {
  onClick: () => void;
  label?: string;
  icon?: LabIcon;
  /** Says what an icon does, or more than the label. */
  title?: string;
  /** Why it cannot be pressed; null where it can. */
  reason?: string | null;
  busy?: boolean;
  danger?: boolean;
  accent?: boolean;
}

/** A small button of Lab's kind. One that cannot be pressed still has the focus and says why. */
export function Button(props: IButtonProps): JSX.Element {
  const { label, title, reason, busy } = props;
  const off = !!reason || !!busy;
  const id = React.useId();
  const style = props.accent ? 'jp-mod-styled jp-mod-accept' : props.danger ? 'jp-mod-minimal aml-mod-danger' : 'jp-mod-minimal';
  return (
    <>
      <button
        type="button"
        className={`jp-Button jp-mod-small aml-Button ${style}`}
        title={reason ?? title}
        aria-label={label ? undefined : title}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        aria-describedby={reason ? id : undefined}
        onClick={off ? undefined : props.onClick}
      >
        {props.icon ? <props.icon.react tag="span" className="aml-Button-icon" aria-hidden="true" /> : null}
        {label ? <span>{label}</span> : null}
      </button>
      {reason ? (
        <span id={id} hidden>
          {reason}
        </span>
      ) : null}
    </>
  );
}
