import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Schema } from './sending';
import { columnsOf, isNumber, like, read, Row, same, shown, withCell } from './table';

interface ITableFieldProps {
  title: string;
  schema: Schema;
  value: unknown;
  onChange(value: unknown): void;
  trans: TranslationBundle;
}

/** Rows of data as a table whose cells can be written in. */
export function TableField(props: ITableFieldProps): JSX.Element {
  const { schema, onChange, trans, title } = props;
  const rows = (Array.isArray(props.value) ? props.value : []) as Row[];
  const columns = columnsOf(schema, rows);
  const typeOf = (column: string): string => {
    const items = schema.items as Schema;
    const part = (items.properties as Record<string, Schema> | undefined)?.[column] ?? (items.items as Schema);
    return String(part?.type ?? 'string');
  };
  const set = (at: number, column: string, value: unknown) =>
    onChange(rows.map((row, index) => (index === at ? withCell(row, column, value) : row)));
  const add = () => onChange([...rows, like(rows[rows.length - 1], columns, schema)]);
  return (
    <fieldset className="aml-TableField">
      <legend>{title}</legend>
      <div className="aml-DataTable-scroll">
        <table className="aml-DataTable" aria-label={title}>
          <thead>
            <tr>
              {columns.map(column => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th scope="col">
                <span className="aml-sr-only">{trans.__('Remove')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {columns.map(column => (
                  <td key={column}>
                    <Cell
                      label={trans.__('%1, row %2', column, at + 1)}
                      type={typeOf(column)}
                      value={(row as Record<string, unknown>)[column]}
                      onChange={value => set(at, column, value)}
                    />
                  </td>
                ))}
                <td>
                  <button
                    type="button"
                    className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
                    aria-label={trans.__('Remove row %1', at + 1)}
                    onClick={() => onChange(rows.filter((_, index) => index !== at))}
                  >
                    <closeIcon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button type="button" className="jp-Button jp-mod-minimal jp-mod-small aml-Button" onClick={add}>
        <addIcon.react tag="span" className="aml-Button-icon" aria-hidden="true" />
        <span>{trans.__('Add a row')}</span>
      </button>
    </fieldset>
  );
}

interface ICellProps {
  label: string;
  type: string;
  value: unknown;
  onChange(value: unknown): void;
}

function Cell({ label, type, value, onChange }: ICellProps): JSX.Element {
  // What is being written stays as it is written: "1." on the way to "1.5" is no number of its own.
  const [text, setText] = React.useState(shown(value));
  React.useEffect(() => {
    setText(before => (same(read(before, type), value) ? before : shown(value)));
  }, [value, type]);
  if (type === 'boolean') {
    return (
      <input type="checkbox" aria-label={label} checked={value === true} onChange={event => onChange(event.target.checked)} />
    );
  }
  return (
    <input
      className="jp-mod-styled"
      style={{ minWidth: `${Math.min(24, Math.max(7, text.length + 2))}ch` }}
      aria-label={label}
      inputMode={isNumber(type) ? 'decimal' : undefined}
      value={text}
      onChange={event => {
        setText(event.target.value);
        onChange(read(event.target.value, type));
      }}
    />
  );
}
