/** What the text of one update made by `/emit` says about itself. */
export interface EmittedUpdate {
  /** 1, 2, 3 … within the turn. */
  readonly number: number;
  /** When the agent made it, in microseconds since the epoch; absent without `stamp`. */
  readonly sentAtMicroseconds?: number;
}

/** Reads the text of an update made by `/emit`; undefined for any other text. */
export function readEmitted(text: string): EmittedUpdate | undefined {
  const [, number, time] = /^#(\d+)(?: @(\d+))? /.exec(text) ?? [];
  if (number === undefined) return undefined;
  return { number: Number(number), ...(time === undefined ? {} : { sentAtMicroseconds: Number(time) }) };
}

/**
 * The clock that the agent stamps with: microseconds since the epoch. Comparable between processes of one machine as
 * far as the wall clock was not adjusted between their starts.
 */
export function epochMicroseconds(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}
