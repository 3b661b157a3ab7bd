import { AgentSdkError } from "@agent-sdk/core";
import { Hono } from "hono";
import { accessLog } from "./http/access-log.ts";
import { allowOrigins } from "./http/allowed-origins.ts";
import { authenticate } from "./http/authenticate.ts";
import type { App, RouteDependencies, ServerEnv } from "./http/context.ts";
import { answerErrors, assertNotDraining } from "./http/errors.ts";
import { onlyFromThisMachine } from "./http/loopback.ts";
import { requestId } from "./http/request-id.ts";
import { closeUnread } from "./http/unread-body.ts";
import { addAdminRoutes } from "./routes/admin.ts";
import { addAgentRoutes } from "./routes/agents.ts";
import { addDescriptionRoutes } from "./routes/description.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addExecRoutes } from "./routes/exec.ts";
import { addFileRoutes } from "./routes/files.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addKeyRoutes } from "./routes/keys.ts";
import { addLaterRoutes } from "./routes/later.ts";
import { addLifecycleRoutes } from "./routes/lifecycle.ts";
import { addLogRoutes } from "./routes/log.ts";
import { addMessageRoutes } from "./routes/messages.ts";
import { addPermissionRoutes } from "./routes/permissions.ts";
import { addPromptRoutes } from "./routes/prompts.ts";
import { addSessionRoutes } from "./routes/sessions.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { addVolumeRoutes } from "./routes/volumes.ts";

export interface AppOptions extends RouteDependencies {
  /** Sites whose pages may call. */
  readonly allowedOrigins: readonly string[];
  /** True once the server shuts down. */
  readonly isDraining: () => boolean;
}

/** Makes a caller's wish for an exactly-once call fail loudly as long as there is no such thing. */
function refuseIdempotencyKey(header: string | undefined): void {
  if (header === undefined) return;
  throw new AgentSdkError("not_supported", "Header Idempotency-Key is not supported by this version; a message is safe to repeat with its rpc_id.", { details: { field: "Idempotency-Key" } });
}

/** The HTTP interface over a `SessionService`. Needs Node's own request and response in `env`, as `@hono/node-server` gives them. */
export function createApp(options: AppOptions): App {
  const app = new Hono<ServerEnv>();
  answerErrors(app, options.log);
  const { access, allowedOrigins } = options;
  app.use(requestId(), accessLog(options.log), closeUnread(), allowOrigins(allowedOrigins));
  if (access.authenticator.isOpen) app.use(onlyFromThisMachine(allowedOrigins));
  app.use(authenticate(access.authenticator));
  app.use(async (context, next) => {
    assertNotDraining(options.isDraining());
    refuseIdempotencyKey(context.req.header("idempotency-key"));
    await next();
  });
  const routes = [addHealthRoutes, addSessionRoutes, addMessageRoutes, addEventRoutes, addPromptRoutes, addPermissionRoutes, addLifecycleRoutes, addLogRoutes, addExecRoutes, addFileRoutes, addVolumeRoutes, addAgentRoutes, addKeyRoutes, addTokenRoutes, addAdminRoutes, addDescriptionRoutes, addLaterRoutes];
  for (const add of routes) add(app, options);
  return app;
}
