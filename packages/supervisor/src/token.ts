import { Buffer } from "node:buffer";
import { closeSync, readSync } from "node:fs";
import { AgentSdkError } from "@agent-sdk/core";
import { supervisorVariables } from "./wire.ts";

const maxTokenBytes = 4_096;

/** All that comes by the descriptor until its other end is closed. */
function readToEnd(descriptor: number): string {
  const buffer = Buffer.alloc(maxTokenBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  if (length > maxTokenBytes) throw new AgentSdkError("bad_request", `A token of more than ${maxTokenBytes} bytes came by ${supervisorVariables.tokenDescriptor}.`);
  const token = buffer.toString("utf8", 0, length).trim();
  buffer.fill(0);
  return token;
}

function readDescriptor(text: string): string {
  const descriptor = Number(text);
  const name = supervisorVariables.tokenDescriptor;
  // 0 to 2 are the supervisor's own and stay open.
  if (!/^\d{1,7}$/.test(text) || descriptor < 3) throw new AgentSdkError("bad_request", `${name} must be the number of an inherited descriptor of 3 and above.`);
  try {
    const token = readToEnd(descriptor);
    closeSync(descriptor);
    if (token !== "") return token;
  } catch (error) {
    if (error instanceof AgentSdkError) throw error;
    throw new AgentSdkError("bad_request", `The descriptor that ${name} names cannot be read.`, { cause: error });
  }
  throw new AgentSdkError("bad_request", `No token came by the descriptor that ${name} names.`);
}

/**
 * The token: read from the inherited descriptor to its end and closed, so that neither a child nor /proc shows it; else, where no descriptor can be passed,
 * from the environment. Blocks until the other end of the descriptor is closed.
 * @throws AgentSdkError `bad_request` that names the variable.
 */
export function takeToken(environment: NodeJS.ProcessEnv): string {
  const { token: tokenName, tokenDescriptor } = supervisorVariables;
  const token = environment[tokenName];
  const descriptor = environment[tokenDescriptor];
  if (token && descriptor) throw new AgentSdkError("bad_request", `${tokenName} and ${tokenDescriptor} are both set: the first shows the token to every process of the user.`);
  if (descriptor) return readDescriptor(descriptor);
  if (token) return token;
  throw new AgentSdkError("bad_request", `Neither ${tokenDescriptor} nor ${tokenName} is set.`);
}
