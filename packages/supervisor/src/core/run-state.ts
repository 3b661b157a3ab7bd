/**
 * `starting` → `running` → `stopping` → `exited`; `starting` goes to `exited` when the command cannot be started, `running` when the agent ends by
 * itself. The agent's process moves it to `running` and `exited`, a stop command to `stopping`. `exited` absorbs.
 */
export type RunState = "exited" | "running" | "starting" | "stopping";

const moves: Readonly<Record<RunState, readonly RunState[]>> = {
  starting: ["running", "stopping", "exited"],
  running: ["stopping", "exited"],
  stopping: ["exited"],
  exited: [],
};

/** @throws Error when the move is not one of the table: a defect of ours, never the caller's. */
export function moveRun(from: RunState, to: RunState): RunState {
  if (!moves[from].includes(to)) throw new Error(`A run cannot go from ${from} to ${to}.`);
  return to;
}
