/** How often something may change its state before that itself is what is told. */
const OFTEN = 4;
const WITHIN = 60_000;

/** Knows what changes its state so often that telling each change would be a storm. */
export class Flapping {
  constructor(private readonly _now: () => number = Date.now) {}

  /** Count one change; returns how many there were in the last minute when those are too many, else 0. */
  count(key: string): number {
    const now = this._now();
    const times = (this._times.get(key) ?? []).filter(time => now - time < WITHIN);
    times.push(now);
    this._times.set(key, times.slice(-50));
    return times.length >= OFTEN ? times.length : 0;
  }

  forget(key: string): void {
    this._times.delete(key);
  }

  private readonly _times = new Map<string, number[]>();
}
