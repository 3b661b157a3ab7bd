import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";
import { sandboxIdVariable } from "./processes/end-processes.ts";
import { insideUser } from "./isolation/bubblewrap-arguments.ts";

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws AgentSdkError `bad_request` for a name that is none, and for one that is the provider's own. Says the name, never the value. */
export function assertEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(env)) {
    if (!name.test(key)) throw new AgentSdkError("bad_request", `${JSON.stringify(key)} is not a name for an environment variable.`);
    if (key === "HOME" || key === sandboxIdVariable || key.startsWith("AGENT_SDK_SUPERVISOR_")) throw new AgentSdkError("bad_request", `The environment variable ${key} is set by the sandbox itself.`);
    if (value.includes("\0")) throw new AgentSdkError("bad_request", `The environment variable ${key} holds a NUL byte.`);
  }
}

interface EnvironmentOptions {
  readonly level: "namespace" | "process";
  readonly sandboxId: string;
  readonly home: string;
  readonly node: string;
  /** A private directory for temporary files; with namespaces /tmp is one. */
  readonly temporary: string;
  /** The session's own variables: they win over the defaults. */
  readonly env: Readonly<Record<string, string>>;
}

/** Everything that a sandbox's processes start with, made from nothing: no variable of the server's is in it. */
export function sandboxEnvironment(options: EnvironmentOptions): Readonly<Record<string, string>> {
  const user = options.level === "namespace" ? insideUser.name : userInfo().username;
  const path = [join(options.home, ".local", "bin"), dirname(options.node), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  return {
    LANG: "C.UTF-8",
    LOGNAME: user,
    PATH: path.join(":"),
    SHELL: existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh",
    TERM: "xterm-256color",
    TMPDIR: options.level === "namespace" ? "/tmp" : options.temporary,
    USER: user,
    ...options.env,
    HOME: options.home,
    [sandboxIdVariable]: options.sandboxId,
  };
}
