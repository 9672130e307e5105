/** How often something may change its state before that itself is what is told. */
const OFTEN = 4;
const WITHIN = 60_000;
const MOST = 100;

/** Knows what changes its state so often that telling each change would be a storm. */
export class Flapping {
  constructor(private readonly _now: () => number = Date.now) {}

  /** Count one change. */
  count(key: string): void {
    this._times.set(key, [...this._recent(key), this._now()].slice(-MOST));
  }

  /** Count where it ends in another state than before: one that is deployed anew and runs again has not changed. */
  ended(key: string, state: string): void {
    const before = this._ends.get(key);
    this._ends.set(key, state);
    if (before !== undefined && before !== state) {
      this.count(key);
    }
  }

  /** How many there were in the last minute when those are too many, else 0. */
  times(key: string): number {
    const { length } = this._recent(key);
    return length >= OFTEN ? length : 0;
  }

  forget(key: string): void {
    this._times.delete(key);
    this._ends.delete(key);
  }

  private _recent(key: string): number[] {
    const now = this._now();
    return (this._times.get(key) ?? []).filter(time => now - time < WITHIN);
  }

  private readonly _times = new Map<string, number[]>();
  private readonly _ends = new Map<string, string>();
}
