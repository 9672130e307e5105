import type { IRow, Kind } from '../api/types';

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Things that happen have their newest first; things that are have their names in order. */
function order(kind: Kind): (a: IRow, b: IRow) => number {
  if (kind === 'runs' || kind === 'pipelines') {
    return (a, b) => compare(b.created ?? '', a.created ?? '') || compare(b.id, a.id);
  }
  return (a, b) => collator.compare(a.name, b.name) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What stands for an object in a list of `kind`: a model, an environment or a dataset has one row for all of its
 * versions, so that a new version takes the place of the one before.
 */
function keyOf(kind: Kind, id: string): string {
  return kind === 'models' || kind === 'environments' || kind === 'data' ? id.replace(/:[^:/]*$/, '') : id;
}

/** The rows of one kind: the newest answer of the server with what it pushed since. */
export class Rows {
  constructor(readonly kind: Kind) {}

  /** False until the list was read for the first time. */
  loaded = false;

  /** How many there are, of which the server may have sent the newest only. */
  get total(): number {
    return this._byKey.size + this._unsent;
  }

  /** In their order; the same array until something changes. */
  get rows(): readonly IRow[] {
    // Nearly sorted already: the sort takes one pass.
    this._sorted ??= [...this._byKey.values()].sort(order(this.kind));
    return this._sorted;
  }

  get(id: string): IRow | null {
    return this._byKey.get(keyOf(this.kind, id)) ?? null;
  }

  /** All of them anew. */
  list(rows: readonly IRow[], total: number): void {
    this._byKey = new Map(rows.map(row => [keyOf(this.kind, row.id), row]));
    this._unsent = Math.max(0, total - this._byKey.size);
    this._sorted = null;
    this.loaded = true;
  }

  /**
   * One came, changed or went; returns what it was. What is older than what is shown changes nothing, and a version
   * that goes takes nothing away from the one that is shown.
   */
  change(id: string, row: IRow | null, at: number): IRow | null {
    const key = keyOf(this.kind, id);
    const before = this._byKey.get(key) ?? null;
    const same = before?.id === id;
    if (row === null) {
      if (same) {
        this._byKey.delete(key);
        this._sorted = null;
      }
    } else if (!same || (before.at ?? 0) <= Math.max(at, row.at ?? 0)) {
      this._byKey.set(key, row);
      this._sorted = null;
    }
    return before;
  }

  private _byKey = new Map<string, IRow>();
  private _unsent = 0;
  private _sorted: readonly IRow[] | null = null;
}
