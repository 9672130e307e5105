import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { IRow } from '../api/types';
import { amlIcon } from '../common/icons';
import type { IContext } from '../tokens';
import { Panel } from './Panel';
import type { Shown } from './shown';

/** The panel at the left. Nothing of it is drawn, nor read from the server, before it is seen. */
export class SidePanel extends ReactWidget {
  constructor(
    private readonly _context: IContext,
    private readonly _shown: Shown
  ) {
    super();
    const { trans } = _context;
    this.id = 'aml-nb-panel';
    this.addClass('aml-SidePanel');
    this.title.icon = amlIcon;
    this.title.caption = trans.__('Azure ML');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Azure ML'));
  }

  /** The object that has the focus. */
  current: IRow | null = null;

  /** Put the cursor into the search field. */
  search(): void {
    this._search.current?.focus();
    this._search.current?.select();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._seen = true;
    this.update();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._seen ||= this.isVisible;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector<HTMLElement>('.aml-Tree, select')?.focus();
  }

  protected override render(): JSX.Element | null {
    if (!this._seen) {
      return null;
    }
    return (
      <Panel
        context={this._context}
        shown={this._shown}
        searchRef={this._search}
        onCurrent={row => {
          this.current = row;
        }}
      />
    );
  }

  private _seen = false;
  private readonly _search = React.createRef<HTMLInputElement>();
}
