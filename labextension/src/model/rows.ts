import type { IRow } from '../api/types';

/** The rows of one kind as the panel has them: newest answer of the server, and changes on top. */
export interface ISlice {
  readonly rows: readonly IRow[];
  readonly total: number;
  /** Null until they were listed for the first time. */
  readonly loaded: boolean;
}

export const EMPTY: ISlice = { rows: [], total: 0, loaded: false };

/** One row changed, came or went. An older state than the one that is shown is left out. */
export function changed(slice: ISlice, id: string, row: IRow | null, at: number): ISlice {
  const index = slice.rows.findIndex(each => each.id === id);
  if (row === null) {
    if (index < 0) {
      return slice;
    }
    return { ...slice, rows: slice.rows.filter((_, place) => place !== index), total: Math.max(0, slice.total - 1) };
  }
  if (index < 0) {
    return { ...slice, rows: [row, ...slice.rows], total: slice.total + 1 };
  }
  if (slice.rows[index].at > Math.max(at, row.at)) {
    return slice;
  }
  const rows = slice.rows.slice();
  rows[index] = row;
  return { ...slice, rows };
}

/** Services and compute by name, the others as the server has them: newest first. */
export function listed(rows: readonly IRow[], total: number): ISlice {
  return { rows, total: Math.max(total, rows.length), loaded: true };
}
