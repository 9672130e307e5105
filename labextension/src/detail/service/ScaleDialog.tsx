import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import type { Size } from './steering';
import type { IServiceProps } from './useRow';

interface INumbers {
  [name: string]: number;
}

/** A form of whole numbers in a dialog. */
class NumbersForm extends ReactWidget implements Dialog.IBodyWidget<INumbers> {
  constructor(
    private readonly _labels: Record<string, string>,
    private _numbers: INumbers
  ) {
    super();
    this.addClass('aml-Form');
  }

  getValue(): INumbers {
    return this._numbers;
  }

  protected render(): JSX.Element {
    return (
      <>
        {Object.entries(this._labels).map(([name, label]) => (
          <label key={name} className="aml-Form-field">
            <span>{label}</span>
            <input
              type="number"
              className="jp-mod-styled"
              min={0}
              step={1}
              required
              defaultValue={this._numbers[name]}
              onChange={event => {
                this._numbers = { ...this._numbers, [name]: event.target.valueAsNumber };
              }}
            />
          </label>
        ))}
      </>
    );
  }
}

/** Ask for the number of replicas, or the bounds of a service that scales by itself. */
export async function askScale({ service, row, trans }: IServiceProps): Promise<Size | null> {
  const auto = service.autoscale;
  const scaling = auto !== null && auto.enabled !== false;
  const body = scaling
    ? new NumbersForm(
        { min: trans.__('Least replicas'), max: trans.__('Most replicas') },
        { min: auto.min_replicas ?? 1, max: auto.max_replicas ?? 10 }
      )
    : new NumbersForm({ replicas: trans.__('Replicas') }, { replicas: service.replicas_wanted ?? 1 });
  const result = await showDialog({
    title: trans.__('Scale %1', row.name),
    body,
    focusNodeSelector: 'input',
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.okButton({ label: trans.__('Scale') })]
  });
  const numbers = result.value;
  if (!result.button.accept || !numbers) {
    return null;
  }
  // What is out of bounds is refused by the server, in the words that v1's users know.
  return scaling
    ? { autoscale_min_replicas: numbers.min, autoscale_max_replicas: numbers.max }
    : { num_replicas: numbers.replicas };
}
