const int8 = 20;

/** bigint columns hold counters of ours; beyond 2^53 they would be another number in JavaScript. */
export function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number.`);
  return value;
}

export const bigintOid: number = int8;
