/** Rows of data in a form: which schemas are tables, and how cells are read and written. */

import type { Schema } from './sending';

export type Row = unknown[] | Record<string, unknown>;

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

export function isNumber(type: string): boolean {
  return type === 'number' || type === 'integer';
}

/** What was written, as the schema wants it; what is no number is sent as it is, for the service to refuse. */
export function read(text: string, type: string): unknown {
  const number = Number(text);
  return isNumber(type) && text.trim() !== '' && isFinite(number) ? number : text;
}

export function same(one: unknown, other: unknown): boolean {
  return one === other || (one === '' && (other === null || other === undefined));
}

export function shown(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function columnsOf(schema: Schema, rows: readonly Row[]): string[] {
  const properties = (schema.items as Schema).properties as Schema | undefined;
  if (properties) {
    return Object.keys(properties);
  }
  const length = Math.max(1, ...rows.map(row => (Array.isArray(row) ? row.length : 1)));
  return Array.from({ length }, (_, index) => String(index));
}

export function withCell(row: Row, column: string, value: unknown): Row {
  if (!Array.isArray(row)) {
    return { ...row, [column]: value };
  }
  const cells = [...row];
  cells[Number(column)] = value;
  return cells;
}

/** A new row: like the one before it, so that only what differs is written. */
export function like(last: Row | undefined, columns: readonly string[], schema: Schema): Row {
  if (last !== undefined) {
    return Array.isArray(last) ? [...last] : { ...last };
  }
  const records = (schema.items as Schema).type === 'object';
  return records ? Object.fromEntries(columns.map(column => [column, null])) : columns.map(() => 0);
}
