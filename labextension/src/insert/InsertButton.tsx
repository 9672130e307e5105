import { addIcon, caretDownIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IInserter, IWanted } from './index';

/** Inserts code for one object; the small button beside it chooses how, and both can be dragged onto a notebook. */
export function InsertButton(props: { insert: IInserter; wanted: IWanted; trans: TranslationBundle }): JSX.Element {
  const { insert, wanted, trans } = props;
  return (
    <span className="aml-InsertButton" onMouseDown={event => insert.press(event.nativeEvent, wanted)}>
      <button
        type="button"
        className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
        title={trans.__('Insert code into the current notebook, or drag it onto any notebook')}
        onClick={() => void insert.insert(wanted)}
      >
        <addIcon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
        <span>{trans.__('Insert code')}</span>
      </button>
      <button
        type="button"
        className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
        aria-haspopup="menu"
        aria-label={trans.__('Ways to insert code')}
        title={trans.__('Ways to insert code')}
        onClick={event => insert.menu(event.currentTarget, wanted)}
      >
        <caretDownIcon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
      </button>
    </span>
  );
}
