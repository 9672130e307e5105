import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IContext } from '../tokens';
import { useSignal } from '../common/hooks';

export class SidePanel extends ReactWidget {
  constructor(private readonly _context: IContext) {
    super();
    this.id = 'aml-nb-panel';
    this.addClass('aml-SidePanel');
  }

  protected override render(): JSX.Element {
    return <Body {...this._context} />;
  }
}

function Body(context: IContext): JSX.Element {
  useSignal(context.model.stateChanged);
  const { standing } = context.model;
  return <div>{standing.state}</div>;
}
