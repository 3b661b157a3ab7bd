import { AgentSdkError, type SupervisorClient } from "@agent-sdk/core";

const limitMs = 10 * 60_000;
const shown = 2_000;

/**
 * Runs the recipe's commands one after the other, inside, as the sandbox's user.
 * @throws AgentSdkError `sandbox_failed` for the first that fails, with what it said.
 */
export async function runPreStartCommands(client: SupervisorClient, commands: readonly string[], options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  for (const [index, command] of commands.entries()) {
    const result = await client.exec({ command, timeoutMs: limitMs }, options);
    if (result.exitCode === 0) continue;
    const how = result.timedOut ? "did not end in time" : `ended with ${result.exitCode === null ? `signal ${String(result.signal)}` : `exit code ${result.exitCode}`}`;
    const output = `${result.stdout}${result.stderr}`.trim().slice(-shown);
    throw new AgentSdkError("sandbox_failed", `pre_start_commands[${index}] (${command}) ${how}: ${output}`, { details: { command, index, exit_code: result.exitCode } });
  }
}
