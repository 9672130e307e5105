import type { IRunMetric } from '../../api/types';

/** A curve: numbers over steps, or over the order in which they were logged. */
export interface ICurve {
  name: string;
  at: number[];
  values: (number | null)[];
}

/** One value that a run logged. */
export interface IValue {
  name: string;
  value: unknown;
}

/** Columns and rows, of `log_row` and `log_table`. */
export interface IGrid {
  name: string;
  columns: string[];
  rows: unknown[][];
}

/** Counts of a classifier's answers: a row a true label, a column a predicted one. */
export interface IConfusion {
  name: string;
  labels: string[];
  matrix: number[][];
}

/** The metrics of a run, by how they are shown. */
export interface IShapes {
  curves: ICurve[];
  values: IValue[];
  grids: IGrid[];
  confusions: IConfusion[];
  others: IValue[];
}

/** Sort metrics by how they can be shown; pictures are shown elsewhere. */
export function shapesOf(metrics: readonly IRunMetric[]): IShapes {
  const shapes: IShapes = { curves: [], values: [], grids: [], confusions: [], others: [] };
  for (const metric of metrics) {
    if (metric.kind !== 'image') {
      sort(metric, shapes);
    }
  }
  return shapes;
}

function sort(metric: IRunMetric, shapes: IShapes): void {
  const { name } = metric;
  const values = metric.values ?? [];
  if (metric.kind === 'confusion_matrix') {
    const found = values.map(value => confusionOf(name, value)).filter((each): each is IConfusion => each !== null);
    shapes.confusions.push(...found);
    if (!found.length) {
      shapes.others.push(...values.map(value => ({ name, value })));
    }
    return;
  }
  if (metric.kind === 'row' || metric.kind === 'table') {
    const grid = gridOf(name, values);
    if (grid) {
      shapes.grids.push(grid);
      return;
    }
  }
  const flat = metric.kind === 'list' ? values.flat() : values;
  if (flat.length > 1 && flat.every(isNumber)) {
    shapes.curves.push(curveOf(metric, flat as unknown[]));
  } else if (metric.kind === 'list') {
    shapes.values.push({ name, value: flat.map(shown).join(', ') });
  } else if (flat.every(isPlain)) {
    shapes.values.push({ name, value: flat.length === 1 ? flat[0] : flat.map(shown).join(', ') });
  } else {
    shapes.others.push(...flat.map(value => ({ name, value })));
  }
}

function curveOf(metric: IRunMetric, values: unknown[]): ICurve {
  const steps = metric.steps ?? [];
  const stepped = steps.length === values.length && steps.every(step => typeof step === 'number');
  const points = values.map((value, index): [number, number | null] => [
    stepped ? (steps[index] as number) : index,
    numberOf(value)
  ]);
  points.sort((one, other) => one[0] - other[0]);
  return { name: metric.name, at: points.map(point => point[0]), values: points.map(point => point[1]) };
}

/** Rows of a table, whether it came as rows, as columns, or as rows whose cells are lists. */
function gridOf(name: string, values: readonly unknown[]): IGrid | null {
  const told = values.filter(isObject);
  if (!told.length || told.length !== values.length) {
    return null;
  }
  const columns = [...new Set(told.flatMap(row => Object.keys(row)))];
  const rows: unknown[][] = [];
  for (const row of told) {
    const length = Math.max(1, ...Object.values(row).map(cell => (Array.isArray(cell) ? cell.length : 1)));
    for (let index = 0; index < length; index++) {
      rows.push(columns.map(column => (Array.isArray(row[column]) ? (row[column] as unknown[])[index] : row[column])));
    }
  }
  return { name, columns, rows };
}

function confusionOf(name: string, value: unknown): IConfusion | null {
  const data = isObject(value) && isObject(value.data) ? value.data : value;
  if (!isObject(data) || !Array.isArray(data.matrix) || !data.matrix.every(Array.isArray)) {
    return null;
  }
  const matrix = (data.matrix as unknown[][]).map(row => row.map(cell => Number(cell)));
  const labels = Array.isArray(data.class_labels) ? data.class_labels.map(String) : [];
  return { name, labels: matrix.map((_, index) => labels[index] ?? String(index)), matrix };
}

/** JSON has no NaN and no infinity: the server sends them as words. */
const WORDS = new Set(['NaN', 'Infinity', '-Infinity', 'nan', 'inf', '-inf']);

function isNumber(value: unknown): boolean {
  return value === null || typeof value === 'number' || (typeof value === 'string' && WORDS.has(value));
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function isPlain(value: unknown): boolean {
  return !isObject(value) && !Array.isArray(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as one word or line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
