import { AgentSdkError } from "@agent-sdk/core";
import { takeHandover } from "./handover.ts";
import { takeToken } from "./token.ts";
import { supervisorVariables } from "./wire.ts";

export type ListenAddress = { readonly socket: string } | { readonly host: string; readonly port: number };

export interface SupervisorConfig {
  readonly token: string;
  /** Variables that came with the token, for everything that is started. */
  readonly env: Readonly<Record<string, string>>;
  readonly listen: ListenAddress;
  readonly stateDirectory: string;
  readonly root: string;
  /** Whether `root` is made where it is missing. */
  readonly makesRoot: boolean;
  readonly readyFile: string | null;
  readonly journalBytes: number;
}

const defaultJournalBytes = 64 * 1024 * 1024;

function parseListen(text: string): ListenAddress {
  if (text.startsWith("unix:/")) return { socket: text.slice("unix:".length) };
  const match = /^tcp:(.+):(\d{1,5})$/.exec(text);
  if (!match) throw new AgentSdkError("bad_request", `${supervisorVariables.listen} must be unix:/path or tcp:host:port.`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, "$1"), port: Number(match[2]) };
}

function parseBytes(text: string | undefined): number {
  if (text === undefined || text === "") return defaultJournalBytes;
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 4096) throw new AgentSdkError("bad_request", `${supervisorVariables.journalBytes} must be a number of bytes of 4096 and above.`);
  return bytes;
}

/** True where token and variables come by the standard input. */
function isHandedOver(environment: NodeJS.ProcessEnv): boolean {
  const { handover, token, tokenDescriptor } = supervisorVariables;
  const value = environment[handover];
  if (!value) return false;
  if (value !== "stdin") throw new AgentSdkError("bad_request", `${handover} must be stdin.`);
  if (environment[token] || environment[tokenDescriptor]) throw new AgentSdkError("bad_request", `${handover} is set together with another way for the token.`);
  return true;
}

/**
 * Reads the configuration and takes it out of `environment`, so that nothing which the supervisor starts inherits it. The system goes on showing the
 * environment that the process was started with, in /proc: hence the token's descriptor.
 * @throws AgentSdkError `bad_request` that names the variable.
 */
export function takeConfig(environment: NodeJS.ProcessEnv): SupervisorConfig {
  const required = (name: string): string => {
    const value = environment[name];
    if (!value) throw new AgentSdkError("bad_request", `${name} is not set.`);
    return value;
  };
  const stateDirectory = required(supervisorVariables.state);
  const handedOver = isHandedOver(environment);
  const config: SupervisorConfig = {
    ...(handedOver ? takeHandover(stateDirectory) : { token: takeToken(environment), env: {} }),
    listen: parseListen(required(supervisorVariables.listen)),
    stateDirectory,
    makesRoot: handedOver,
    root: required(supervisorVariables.root),
    readyFile: environment[supervisorVariables.readyFile] ?? null,
    journalBytes: parseBytes(environment[supervisorVariables.journalBytes]),
  };
  for (const name of Object.values(supervisorVariables)) delete environment[name];
  return config;
}
