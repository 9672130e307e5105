import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { IContext, VERSION } from '../tokens';

/** The keys of the panel, and what to tell when something is to be reported. */
export async function help({ model, trans }: IContext): Promise<void> {
  const { hello } = model;
  const keys: [string, string][] = [
    ['↑ ↓', trans.__('go through the lists')],
    ['← →', trans.__('close and open a section')],
    ['Enter', trans.__('open what has the focus')],
    ['Shift+F10', trans.__('its menu: insert code, copy, deploy, reload, delete')],
    [trans.__('letters'), trans.__('go to the next name that begins so')],
    [trans.__('drag'), trans.__('put code for it into a notebook')]
  ];
  const facts: [string, string][] = [
    [trans.__('Panel'), VERSION],
    [trans.__('Server'), hello ? `${hello.version} (Python ${hello.python})` : trans.__('no answer')],
    [trans.__('Engine'), hello?.engine ?? trans.__('none')],
    [trans.__('Home'), hello?.home ?? '']
  ];
  await showDialog({
    title: trans.__('The Azure ML panel'),
    body: (
      <div className="aml-HelpBox">
        <p>
          {trans.__('Search for words of names, states and tags; all of them have to be there: %1', 'iris state:healthy stage:prod')}
        </p>
        <Pairs pairs={keys} />
        <Pairs pairs={facts} />
      </div>
    ),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}

function Pairs(props: { pairs: [string, string][] }): JSX.Element {
  return (
    <dl className="aml-Help">
      {props.pairs.map(([key, text]) => (
        <React.Fragment key={key}>
          <dt>{key}</dt>
          <dd>{text}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
