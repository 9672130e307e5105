import * as React from 'react';

const MOST = 100;

/** A column: how it is called, and what it shows of a row. */
export interface IColumn<T> {
  id: string;
  label: string;
  cell: (row: T) => React.ReactNode;
  /** What it is sorted by; without it a column cannot be sorted. */
  by?: (row: T) => string | number | null;
  /** Numbers stand at the right edge. */
  end?: boolean;
}

interface ISorting {
  column: string;
  down: boolean;
}

/** A table that sorts by a click on a head, and shows the first hundred rows until more are asked for. */
export function DataTable<T>(props: {
  /** What is in the table, for screen readers. */
  label: string;
  columns: IColumn<T>[];
  rows: readonly T[];
  rowKey: (row: T, index: number) => string;
  /** Words of the button that shows the rest. */
  more: (left: number) => string;
  current?: (row: T) => boolean;
}): JSX.Element {
  const [sorting, setSorting] = React.useState<ISorting | null>(null);
  const [most, setMost] = React.useState(MOST);
  const rows = sorted(props.rows, props.columns, sorting);
  const left = rows.length - most;
  return (
    <div className="aml-DataTable-scroll">
      <table className="aml-DataTable" aria-label={props.label}>
        <thead>
          <tr>
            {props.columns.map(column => (
              <Head key={column.id} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row, index) => (
            <tr key={props.rowKey(row, index)} aria-current={props.current?.(row) || undefined}>
              {props.columns.map(column => (
                <td key={column.id} className={column.end ? 'aml-mod-end' : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? (
        <button type="button" className="aml-Link aml-DataTable-more" onClick={() => setMost(most + 10 * MOST)}>
          {props.more(left)}
        </button>
      ) : null}
    </div>
  );
}

function Head<T>(props: {
  column: IColumn<T>;
  sorting: ISorting | null;
  onSort: (sorting: ISorting) => void;
}): JSX.Element {
  const { column, sorting } = props;
  const mine = sorting?.column === column.id ? sorting : null;
  const order = mine ? (mine.down ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" aria-sort={order} className={column.end ? 'aml-mod-end' : undefined}>
      {column.by ? (
        <button type="button" onClick={() => props.onSort({ column: column.id, down: !!mine && !mine.down })}>
          {column.label}
          <span aria-hidden="true">{mine ? (mine.down ? ' ▾' : ' ▴') : ''}</span>
        </button>
      ) : (
        column.label
      )}
    </th>
  );
}

function sorted<T>(rows: readonly T[], columns: IColumn<T>[], sorting: ISorting | null): readonly T[] {
  const by = columns.find(column => column.id === sorting?.column)?.by;
  if (!sorting || !by) {
    return rows;
  }
  const sign = sorting.down ? -1 : 1;
  return [...rows].sort((one, other) => sign * compare(by(one), by(other)));
}

function compare(one: string | number | null, other: string | number | null): number {
  if (one === null || other === null) {
    return Number(one === null) - Number(other === null);
  }
  if (typeof one === 'number' && typeof other === 'number') {
    return one - other;
  }
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}
