/** Axes: which numbers stand on them, and where. */

export interface IScale {
  from: number;
  to: number;
  ticks: number[];
}

/** Maps `from`–`to` to `start`–`end`. */
export function place(from: number, to: number, start: number, end: number): (value: number) => number {
  const length = to - from || 1;
  return value => start + ((value - from) / length) * (end - start);
}

/** Round numbers between two, about `count` of them. */
export function ticksOf(from: number, to: number, count: number): number[] {
  if (!(to > from)) {
    return [from];
  }
  const step = stepOf((to - from) / count);
  const first = Math.ceil(from / step);
  const ticks = [];
  for (let index = first; index * step <= to + step * 1e-9; index++) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/** An axis that holds all the values, with or without 0, and ends at round numbers. */
export function scaleOf(values: readonly number[], withZero: boolean): IScale {
  let from = withZero ? 0 : Infinity;
  let to = withZero ? 0 : -Infinity;
  for (const value of values) {
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  if (!isFinite(from) || !isFinite(to)) {
    [from, to] = [0, 1];
  } else if (from === to) {
    [from, to] = withZero ? [Math.min(0, from), Math.max(1, to)] : [from - 0.5, to + 0.5];
  }
  const step = stepOf((to - from) / 3);
  from = Math.floor(from / step + 1e-9) * step;
  to = Math.ceil(to / step - 1e-9) * step;
  return { from, to, ticks: ticksOf(from, to, 3) };
}

function stepOf(rough: number): number {
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const times = rough / power;
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/** A time of day, from seconds since 1970. */
export function timeLabel(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false
  });
}
