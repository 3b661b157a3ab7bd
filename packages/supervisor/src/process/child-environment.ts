import { AgentSdkError } from "@agent-sdk/core";
import { markerVariable } from "../wire.ts";

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ownPrefix = "AGENT_SDK_SUPERVISOR_";

/**
 * The environment of a process that the supervisor starts: its own without its own settings, the given variables, the marker.
 * @throws AgentSdkError `bad_request` for a name that is none, or a value with NUL.
 */
export function childEnvironment(base: NodeJS.ProcessEnv, added: Readonly<Record<string, string>>, marker: string): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(base)) if (!name.startsWith(ownPrefix)) result[name] = value;
  for (const [name, value] of Object.entries(added)) {
    if (!namePattern.test(name)) throw new AgentSdkError("bad_request", `${JSON.stringify(name)} is not a name of an environment variable.`);
    if (typeof value !== "string" || value.includes("\0")) throw new AgentSdkError("bad_request", `The value of ${name} cannot be put into an environment.`);
    result[name] = value;
  }
  result[markerVariable] = marker;
  return result;
}
