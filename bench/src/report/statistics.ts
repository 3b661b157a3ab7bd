/** The value below which a share `fraction` of the samples lies, by the nearest rank. @throws RangeError without samples. */
export function quantile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))];
  if (value === undefined) throw new RangeError("no samples");
  return value;
}

/** The middle of the samples; with an even number of them the lower of the two. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export function summarise(samples: readonly number[]): Summary {
  return { median: median(samples), min: quantile(samples, 0), max: quantile(samples, 1), count: samples.length };
}
