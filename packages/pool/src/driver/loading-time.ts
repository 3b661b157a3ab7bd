const minuteMs = 60_000;
/** The sandbox's clock need not be exactly this one. */
const marginMs = 1000;

/** Times on the wall clock, in milliseconds since 1970. */
export interface ConversationTimes {
  readonly now: number;
  /** When it was begun; null when another owner did that. */
  readonly begunAt: number | null;
  /** When the session was last active under another owner: it was begun about then, or earlier. */
  readonly lastActiveAt: number;
}

/**
 * For an agent that names transcripts by the minute, and overwrites one in which it begins to load: how long to wait until the minute in which the conversation
 * was begun is over, 0 when it surely is.
 */
export function untilItsMinuteIsOver({ now, begunAt, lastActiveAt }: ConversationTimes): number {
  const minute = Math.floor(now / minuteMs);
  const over = begunAt === null ? now - lastActiveAt >= minuteMs : Math.floor((begunAt + marginMs) / minuteMs) < minute;
  return over ? 0 : (minute + 1) * minuteMs - now + marginMs;
}
