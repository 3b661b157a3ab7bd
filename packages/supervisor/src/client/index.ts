import type { RuntimeEnv, SupervisorTransport } from "@agent-sdk/core";
import { HttpSupervisorClient } from "./supervisor-client.ts";

export { runPreStartCommands } from "./pre-start-commands.ts";

/**
 * Clients of supervisors over HTTP, by TCP or unix socket. Connecting does nothing yet: an unreachable supervisor is noticed by the first call.
 */
export function supervisorTransport(env: RuntimeEnv): SupervisorTransport {
  return { connect: (endpoint) => new HttpSupervisorClient(env, endpoint) };
}
