import { AgentSdkError, describeError, type Logger } from "@agent-sdk/core";
import { answerForThrown, httpStatusOf, retryAfterSeconds, type ErrorAnswer } from "@agent-sdk/core/api";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { matchedMethods } from "./methods.ts";
import type { App, RequestContext } from "./context.ts";

function causes(error: unknown): readonly string[] {
  const chain: string[] = [];
  for (let cause = error instanceof Error ? error.cause : undefined; cause !== undefined && chain.length < 5; cause = cause instanceof Error ? cause.cause : undefined) {
    chain.push(describeError(cause));
  }
  return chain;
}

function logFailure(log: Logger, error: unknown, id: string, status: number): void {
  if (status < 500 || status === 501 || status === 503) return;
  const stack = error instanceof Error ? error.stack : describeError(error);
  log.error({ request_id: id, status, stack, causes: causes(error) }, "request failed");
}

function respond(context: RequestContext, status: number, body: ErrorAnswer): Response {
  const retryAfter = retryAfterSeconds(status);
  return context.json(body, status as ContentfulStatusCode, retryAfter === null ? {} : { "retry-after": String(retryAfter) });
}

/** Every error leaves through here: as the envelope, or by breaking a stream that has begun. */
function handleError(log: Logger, error: unknown, context: RequestContext): Response {
  const id = context.get("requestId");
  const { status, body } = answerForThrown(error, id);
  logFailure(log, error, id, status);
  if (context.env.outgoing.headersSent) context.env.outgoing.destroy();
  return respond(context, status, body);
}

function handleUnknown(app: App, context: RequestContext): Response {
  const id = context.get("requestId");
  const allowed = matchedMethods(app.routes, context.req.path);
  if (allowed.length === 0) return respond(context, 404, { error: "There is no such route.", code: "not_found", request_id: id });
  context.env.outgoing.setHeader("allow", allowed.join(", "));
  const sentence = `This route takes ${allowed.join(", ")}.`;
  return respond(context, httpStatusOf.method_not_allowed, { error: sentence, code: "method_not_allowed", request_id: id });
}

/** Makes every failure of `app`, unknown routes and methods included, answer with the error envelope. */
export function answerErrors(app: App, log: Logger): void {
  app.onError((error, context) => handleError(log, error, context));
  app.notFound((context) => handleUnknown(app, context));
}

/** Refuses everything while `isDraining`: what is in flight ends, nothing new begins. */
export function assertNotDraining(isDraining: boolean): void {
  if (isDraining) throw new AgentSdkError("draining", "The server is shutting down; try again.");
}
