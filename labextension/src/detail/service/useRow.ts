import * as React from 'react';

import type { IRow, IService } from '../../api/types';
import type { IChange } from '../../model/store';
import type { IDetailProps } from '../../tokens';

/** What every part of the view is given. */
export interface IServiceProps extends IDetailProps {
  service: IService;
  /** The newest that is known of its state, which is pushed and so ahead of the details. */
  row: IRow;
  again(): void;
}

/** The row of the service as it came last, be it pushed or read with the details. */
export function useRow({ model, workspace, id }: IDetailProps, read: IRow | null): IRow | null {
  const [row, setRow] = React.useState(read);
  React.useEffect(() => setRow(read), [read]);
  React.useEffect(() => {
    const onChange = (_: unknown, change: IChange) => {
      if (change.workspace === workspace && change.kind === 'services' && change.id === id && change.row) {
        setRow(change.row);
      }
    };
    model.rowChanged.connect(onChange);
    return () => {
      model.rowChanged.disconnect(onChange);
    };
  }, [model, workspace, id]);
  return row ?? read;
}
