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

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];

/** Round times of day between two moments, about `count` of them, in seconds since 1970. */
export function timesOf(from: number, to: number, count: number): number[] {
  const step = TIME_STEPS.find(each => each >= (to - from) / count) ?? TIME_STEPS[TIME_STEPS.length - 1];
  const offset = new Date(from * 1000).getTimezoneOffset() * 60;
  const times = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= to; time += step) {
    times.push(time);
  }
  return times;
}

/** An axis that holds all the values, with or without 0, and ends at round numbers. */
export function scaleOf(values: readonly number[], withZero: boolean, whole = false): IScale {
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
  const step = whole ? Math.max(1, stepOf((to - from) / 3)) : stepOf((to - from) / 3);
  from = Math.floor(from / step + 1e-9) * step;
  to = Math.ceil(to / step - 1e-9) * step;
  const ticks = [];
  for (let index = 0; from + index * step <= to + step / 2; index++) {
    ticks.push(Number((from + index * step).toPrecision(12)));
  }
  return { from, to, ticks };
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
    second: seconds % 60 ? '2-digit' : undefined,
    hour12: false
  });
}
