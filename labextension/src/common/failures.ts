import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { asApiError } from '../api/errors';
import { Trouble } from './Trouble';

// Lab cuts a notification's text there, and with it what is to be done next.
const MOST_SHOWN = 140;

/** Tell of a failure: what failed, why, and what to do next; all of it in a dialog where it is long. */
export function tellFailure(error: unknown, trans: TranslationBundle, title?: string): void {
  const { message, hint } = asApiError(error);
  const said = [title, message, hint].filter(Boolean).join('\n');
  const details = {
    label: trans.__('Details'),
    callback: () =>
      void showDialog({
        title: title ?? trans.__('Why it failed'),
        body: React.createElement(Trouble, { error: { message, hint } }),
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      })
  };
  Notification.error(said, { autoClose: false, actions: said.length > MOST_SHOWN ? [details] : [] });
}
