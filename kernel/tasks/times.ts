/** Times in checks: nanoseconds, or a text with a unit. All of them are virtual. */

/** Nanoseconds, or a text such as `20ms`. */
export type Time = number | string;

const UNITS: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** In nanoseconds. @throws RangeError when it is not a time */
export function nanoseconds(time: Time): number {
  const match = typeof time === 'string' ? /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(time) : undefined;
  const value = match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? NaN)) : typeof time === 'number' ? time : NaN;
  if (value > 0 && Number.isSafeInteger(value)) return value;
  throw new RangeError(`${JSON.stringify(time)} is not a time: write "20ms", "5us", "1s" or a number of nanoseconds`);
}

/** With the unit that fits, to the nanosecond. */
export function timeText(time: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, each]) => time >= each) ?? ['ns', 1];
  return `${Number((time / size).toFixed(9))} ${unit}`;
}
