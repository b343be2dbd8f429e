/**
 * Numbers in words that need no translation.
 */

/** Return a duration as `40 ms`, `0.4 s`, `12 s`, `3:05` or `1:02:03`. */
export function duration(seconds: number): string {
  if (seconds < 0.0995) {
    return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const rest = two(whole % 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** Return a number of bytes as `512 B`, `1.5 kB`, `20 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** Return a metric's value, numbers to five significant digits. */
export function metric(value: number | string | boolean): string {
  if (typeof value !== 'number' || Number.isInteger(value)) {
    return String(value);
  }
  return String(Number(value.toPrecision(5)));
}
