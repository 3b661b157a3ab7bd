/** What the command's exit code says. A command in a sandbox gives its own. */
export const exitCodes: Readonly<Record<"failed" | "interrupted" | "ok" | "refused" | "stopped" | "timedOut" | "unknown" | "usage", number>> = {
  ok: 0,
  /** The prompt failed, or the command itself did. */
  failed: 1,
  /** The arguments make no sense. */
  usage: 2,
  /** The server refused, or could not be reached. */
  refused: 3,
  /** The prompt ended, but not by itself: cancelled, refused by the model, or at a limit. */
  stopped: 4,
  /** `exec`: the command ran out of its time. */
  timedOut: 124,
  /** `exec`: whether and how the command ran is not known. */
  unknown: 125,
  /** Ctrl-C. */
  interrupted: 130,
};
