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

/** The row of the service as the server pushes it, or as it was read where that is newer. */
export function useRow({ model, workspace, id }: IDetailProps, read: IRow | null): IRow | null {
  const [pushed, setPushed] = React.useState<IRow | null>(null);
  React.useEffect(() => {
    const onChange = (_: unknown, change: IChange) => {
      if (change.workspace === workspace && change.kind === 'services' && change.id === id) {
        setPushed(change.row);
      }
    };
    model.rowChanged.connect(onChange);
    return () => {
      model.rowChanged.disconnect(onChange);
    };
  }, [model, workspace, id]);
  return pushed && read && (pushed.at ?? 0) >= (read.at ?? 0) ? pushed : read;
}
