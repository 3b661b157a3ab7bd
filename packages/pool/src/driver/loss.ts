import type { FailureKind } from "@agent-sdk/core";

/** Why an agent's process can no longer be talked to. `sandbox`: its whole sandbox has to be replaced, not the process alone. */
export interface Loss {
  readonly kind: FailureKind;
  readonly message: string;
  readonly sandbox: boolean;
  readonly exitCode?: number | null;
  readonly exitSignal?: string | null;
  /** The agent's last lines of standard error. */
  readonly stderr?: readonly string[];
}

/** What a caller is told of it. */
export function lossDetails(loss: Loss): { readonly exit_code?: number | null; readonly signal?: string | null; readonly stderr?: readonly string[] } {
  return {
    ...(loss.exitCode === undefined ? {} : { exit_code: loss.exitCode }),
    ...(loss.exitSignal === undefined ? {} : { signal: loss.exitSignal }),
    ...(loss.stderr === undefined ? {} : { stderr: loss.stderr }),
  };
}
