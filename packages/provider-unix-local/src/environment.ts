import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { sandboxIdVariable } from "@agent-sdk/core";
import { insideUser } from "./isolation/bubblewrap-arguments.ts";

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
