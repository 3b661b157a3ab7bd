import { AgentSdkError } from "@agent-sdk/core";
import type { App } from "../http/context.ts";

/** Routes of the documented interface that this version does not have. */
export const laterRoutes: readonly (readonly [method: "DELETE" | "GET" | "POST", path: string])[] = [
  ["POST", "/sessions/:id/config"],
  ["POST", "/sessions/:id/reload"],
  ["POST", "/sessions/:id/acp/call"],
  ["POST", "/sessions/:id/reap"],
  ["POST", "/sessions/:id/fork"],
  ["GET", "/sessions/:id/usage"],
  ["GET", "/metrics"],
];

/** Answers 501 on them, so that a caller can tell "not yet" from "no such thing". */
export function addLaterRoutes(app: App): void {
  for (const [method, path] of laterRoutes) {
    app.on(method, path, () => {
      throw new AgentSdkError("not_supported", `${method} ${path} is not supported by this version.`);
    });
  }
}
