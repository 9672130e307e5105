import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import type { IRow } from '../../api/types';
import { changed, IDraft } from './changes';
import type { IServiceProps } from './useRow';

class UpdateForm extends ReactWidget implements Dialog.IBodyWidget<IDraft> {
  constructor(
    private readonly _props: IServiceProps,
    private readonly _known: readonly IRow[],
    private _draft: IDraft
  ) {
    super();
    this.addClass('aml-Form');
  }

  getValue(): IDraft {
    return this._draft;
  }

  protected render(): JSX.Element {
    const { service, trans } = this._props;
    const set = (name: keyof IDraft) => (event: { target: { value: string } }) => {
      this._draft = { ...this._draft, [name]: event.target.value };
    };
    return (
      <>
        <label className="aml-Form-field">
          <span>{trans.__('Models, separated by commas')}</span>
          <input
            className="jp-mod-styled"
            list="aml-update-models"
            defaultValue={this._draft.models}
            placeholder={trans.__('iris:2, scaler')}
            onChange={set('models')}
          />
          <datalist id="aml-update-models">
            {this._known.map(row => (
              <option key={row.id} value={row.id} />
            ))}
          </datalist>
        </label>
        <label className="aml-Form-field">
          <span>{trans.__('Description')}</span>
          <input className="jp-mod-styled" defaultValue={this._draft.description} onChange={set('description')} />
        </label>
        <label className="aml-Form-field">
          <span>{trans.__('Tags, one a line as name=value')}</span>
          <textarea className="jp-mod-styled" rows={3} defaultValue={this._draft.tags} onChange={set('tags')} />
        </label>
        <label className="aml-Form-field">
          <span>{trans.__('Another entry script (a path; empty keeps the present one)')}</span>
          <input className="jp-mod-styled" placeholder={service.entry_script ?? 'score.py'} onChange={set('entry_script')} />
        </label>
      </>
    );
  }
}

/** Ask what is to be other; only what was changed is told to the server. */
export async function askUpdate(props: IServiceProps): Promise<Record<string, unknown> | null> {
  const { service, row, trans, model } = props;
  const before: IDraft = {
    models: service.models.map(each => each.id).join(', '),
    description: service.description ?? '',
    tags: Object.entries(service.tags)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    entry_script: ''
  };
  const result = await showDialog({
    title: trans.__('Update %1', row.name),
    body: new UpdateForm(props, model.slice('models').rows, before),
    focusNodeSelector: 'input',
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.okButton({ label: trans.__('Update') })]
  });
  if (!result.button.accept || !result.value) {
    return null;
  }
  const changes = changed(before, result.value);
  return Object.keys(changes).length ? changes : null;
}
