import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IWhere } from '../../api/types';
import { ITrouble, Trouble, troubleOf } from '../../common/Trouble';
import { Where } from '../../common/Where';

/** What a form shows of its own state: what the server refused, and whether it is being asked. */
export interface IFormState {
  trouble: ITrouble | null;
  busy: boolean;
}

interface IFormDialogOptions {
  title: string;
  /** The word on the button that does it. */
  action: string;
  app: JupyterFrontEnd;
  trans: TranslationBundle;
  /** The fields. */
  fields: (state: IFormState) => React.ReactElement;
  /** Do it; the dialog stays open with the words of what is thrown. False: fields are not right yet. */
  submit: () => Promise<boolean>;
  /** What is said while the server is at it. */
  busy?: string;
  /** A selector of what has the focus at first. */
  focus?: string;
}

/** A dialog that closes once the server has taken what was filled in, and else says why it did not. */
export function openForm(options: IFormDialogOptions): Promise<boolean> {
  const body = new FormBody(options);
  const dialog = new FormDialog(options, body);
  return dialog.launch().then(result => result.button.accept);
}

class FormBody extends ReactWidget implements Dialog.IBodyWidget<boolean> {
  constructor(private readonly options: IFormDialogOptions) {
    super();
    this.addClass('aml-FormDialog-body');
  }

  state: IFormState = { trouble: null, busy: false };

  getValue(): boolean {
    return true;
  }

  show_(state: IFormState): void {
    this.state = state;
    this.update();
  }

  protected override render(): JSX.Element {
    const { trouble, busy } = this.state;
    const { app, trans } = this.options;
    return (
      <>
        {this.options.fields(this.state)}
        <p className="aml-FormDialog-busy" role="status">
          {busy ? this.options.busy ?? trans.__('Asking the server…') : ''}
        </p>
        {trouble ? (
          <Trouble error={trouble} trans={trans}>
            {isWhere(trouble.where) ? <Where where={trouble.where} app={app} trans={trans} /> : null}
          </Trouble>
        ) : null}
      </>
    );
  }
}

class FormDialog extends Dialog<boolean> {
  constructor(
    private readonly options: IFormDialogOptions,
    private readonly form: FormBody
  ) {
    super({
      title: options.title,
      body: form,
      buttons: [
        Dialog.cancelButton({ label: options.trans.__('Cancel') }),
        Dialog.okButton({ label: options.action })
      ],
      focusNodeSelector: options.focus
    });
    this.addClass('aml-FormDialog');
  }

  override resolve(index?: number): void {
    if (index === 0) {
      super.resolve(0);
    } else if (!this.form.state.busy) {
      void this.send();
    }
  }

  private async send(): Promise<void> {
    this.form.show_({ trouble: null, busy: true });
    try {
      const sent = await this.options.submit();
      this.form.show_({ trouble: null, busy: false });
      if (sent) {
        super.resolve(1);
      }
    } catch (error) {
      this.form.show_({ trouble: troubleOf(error), busy: false });
    }
  }
}

function isWhere(told: unknown): told is IWhere {
  return typeof told === 'object' && told !== null && Array.isArray((told as IWhere).lines);
}
