/** Numbers, sizes and times as a person reads them, in the words of the browser's language. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1.4 MB`: powers of 1000, as file managers show them. */
export function bytes(size: number): string {
  let value = Math.max(0, size);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** Date and time of day; an empty text for what is no time. */
export function moment(at: string | number | null | undefined): string {
  const date = dateOf(at);
  return date === null
    ? ''
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** `3 minutes ago`, `in 2 hours`, as the browser's language has it. */
export function ago(at: string | number | null | undefined, now = Date.now()): string {
  const date = dateOf(at);
  if (date === null) {
    return '';
  }
  const seconds = (date.getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60]
  ];
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) {
      return words.format(Math.trunc(seconds / length), unit);
    }
  }
  return words.format(Math.trunc(seconds), 'second');
}

/** `1 h 02 min`, `2 min 05 s`, `0.42 s`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) {
    return '';
  }
  if (seconds < 10) {
    return `${seconds.toLocaleString(undefined, { maximumFractionDigits: 2 })} s`;
  }
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours) {
    return `${hours} h ${padded(minutes)} min`;
  }
  if (minutes && whole % 60 === 0) {
    return `${minutes} min`;
  }
  return minutes ? `${minutes} min ${padded(whole % 60)} s` : `${whole} s`;
}

/** A number of a metric: six digits that count, and the words for what is none. */
export function number(value: unknown): string {
  if (typeof value !== 'number') {
    return value === null || value === undefined ? '' : String(value);
  }
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return String(value);
  }
  return String(Number(value.toPrecision(6)));
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

function dateOf(at: string | number | null | undefined): Date | null {
  if (at === null || at === undefined || at === '') {
    return null;
  }
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}
