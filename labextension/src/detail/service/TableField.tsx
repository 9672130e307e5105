import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Schema } from './sending';

type Row = unknown[] | Record<string, unknown>;

interface ITableFieldProps {
  title: string;
  schema: Schema;
  value: unknown;
  onChange(value: unknown): void;
  trans: TranslationBundle;
}

/** Whether a schema is that of rows: lists of plain values, or records of them. */
export function isTable(schema: Schema): boolean {
  const items = schema.items as Schema | undefined;
  if (schema.type !== 'array' || !items) {
    return false;
  }
  if (items.type === 'array') {
    return !['array', 'object'].includes(String((items.items as Schema | undefined)?.type));
  }
  const columns = Object.values((items.properties ?? {}) as Record<string, Schema>);
  return items.type === 'object' && columns.length > 0 && columns.every(each => !each.items && !each.properties);
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
  const add = () => onChange([...rows, emptied(rows[rows.length - 1], columns, schema)]);
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

function isNumber(type: string): boolean {
  return type === 'number' || type === 'integer';
}

/** What was written, as the schema wants it; what is no number is sent as it is, for the service to refuse. */
function read(text: string, type: string): unknown {
  const number = Number(text);
  return isNumber(type) && text.trim() !== '' && isFinite(number) ? number : text;
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (one === '' && (other === null || other === undefined));
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function columnsOf(schema: Schema, rows: readonly Row[]): string[] {
  const properties = (schema.items as Schema).properties as Schema | undefined;
  if (properties) {
    return Object.keys(properties);
  }
  const length = Math.max(1, ...rows.map(row => (Array.isArray(row) ? row.length : 1)));
  return Array.from({ length }, (_, index) => String(index));
}

function withCell(row: Row, column: string, value: unknown): Row {
  if (!Array.isArray(row)) {
    return { ...row, [column]: value };
  }
  const cells = [...row];
  cells[Number(column)] = value;
  return cells;
}

/** A new row: like the one before it, so that only what differs is written. */
function emptied(last: Row | undefined, columns: readonly string[], schema: Schema): Row {
  if (last !== undefined) {
    return Array.isArray(last) ? [...last] : { ...last };
  }
  const records = (schema.items as Schema).type === 'object';
  return records ? Object.fromEntries(columns.map(column => [column, null])) : columns.map(() => 0);
}
