import { AgentSdkError } from "@agent-sdk/core";
import { exec, type ExecOptions } from "../process/exec.ts";
import { callerSignal, readObject, sendJson } from "./body.ts";
import { parseExec } from "./fields.ts";
import type { Route } from "./router.ts";

const maxConcurrent = 32;

export interface ExecRouteOptions extends Pick<ExecOptions, "environment" | "table"> {
  /** The existing directory that a request's `cwd` names. @throws AgentSdkError `forbidden` outside of the root. */
  resolveDirectory(path: string): Promise<string>;
  /** A new marker for one command's processes. */
  marker(): string;
  /** Aborted when the supervisor ends: running commands are killed. */
  readonly signal: AbortSignal;
}

export function execRoute(options: ExecRouteOptions): Route {
  let running = 0;
  return {
    method: "POST",
    path: /^\/v1\/exec$/,
    async handle({ request, response }) {
      const signal = AbortSignal.any([callerSignal(response), options.signal]);
      const command = parseExec(await readObject(request));
      if (running >= maxConcurrent) throw new AgentSdkError("rate_limited", `${maxConcurrent} commands run at once at most.`);
      running++;
      try {
        const cwd = await options.resolveDirectory(command.cwd ?? ".");
        sendJson(response, 200, await exec(command, { ...options, cwd, marker: options.marker(), signal }));
      } finally {
        running--;
      }
    },
  };
}
