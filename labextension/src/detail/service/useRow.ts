import * as React from 'react';

import type { ApiError } from '../../api/errors';
import type { IRow, IService } from '../../api/types';
import type { IChange } from '../../model/store';
import type { IDetailProps } from '../../tokens';

/** What every part of the view is given. */
export interface IServiceProps extends IDetailProps {
  service: IService;
  /** The newest that is known of its state, which is pushed and so ahead of the details. */
  row: IRow;
  gone: boolean;
  again(): void;
}

/** The row of the service as the server pushes it, and whether the service is gone. */
export function useRow(
  { model, workspace, id }: IDetailProps,
  read: IRow | null,
  error: ApiError | null
): { row: IRow | null; gone: boolean } {
  const [pushed, setPushed] = React.useState<IRow | null>(null);
  const [deleted, setDeleted] = React.useState(false);
  React.useEffect(() => {
    const onChange = (_: unknown, change: IChange) => {
      if (change.workspace === workspace && change.kind === 'services' && change.id === id) {
        setDeleted(change.row === null);
        setPushed(change.row);
      }
    };
    model.rowChanged.connect(onChange);
    return () => {
      model.rowChanged.disconnect(onChange);
    };
  }, [model, workspace, id]);
  const newest = pushed && read ? ((pushed.at ?? 0) >= (read.at ?? 0) ? pushed : read) : (pushed ?? read);
  return { row: newest, gone: deleted || error?.status === 404 };
}
