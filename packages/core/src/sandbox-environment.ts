import { AgentSdkError } from "./errors.ts";

/** Stands in the environment of every process of a sandbox; children inherit it. */
export const sandboxIdVariable = "AGENT_SDK_SANDBOX_ID";

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks a sandbox's start-up environment.
 * @throws AgentSdkError `bad_request` for a name that is none, and for one that is the provider's own. Says the name, never the value.
 */
export function assertSandboxEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(env)) {
    if (!name.test(key)) throw new AgentSdkError("bad_request", `${JSON.stringify(key)} is not a name for an environment variable.`);
    if (key === "HOME" || key === sandboxIdVariable || key.startsWith("AGENT_SDK_SUPERVISOR_")) throw new AgentSdkError("bad_request", `The environment variable ${key} is set by the sandbox itself.`);
    if (value.includes("\0")) throw new AgentSdkError("bad_request", `The environment variable ${key} holds a NUL byte.`);
  }
}
