import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import type * as React from 'react';

interface IQuestion {
  title: string;
  /** What happens then; text or an element of React, never HTML. */
  body: string | React.ReactElement;
  /** The word on the button that does it. */
  action: string;
  trans: TranslationBundle;
}

/** Ask before something that cannot be taken back; Enter means no. */
export async function confirm(question: IQuestion): Promise<boolean> {
  const { title, body, action, trans } = question;
  const result = await showDialog({
    title,
    body,
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.warnButton({ label: action })],
    defaultButton: 0
  });
  return result.button.accept;
}
