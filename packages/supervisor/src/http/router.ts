import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Logger } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError } from "@agent-sdk/core";
import { tokenHeader } from "../wire.ts";
import { sendError } from "./body.ts";

/** One request on its way through a route. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** What the route's groups matched, decoded. */
  readonly parameters: readonly string[];
}

export interface Route {
  readonly method: string;
  /** Matches the whole path. */
  readonly path: RegExp;
  handle(exchange: Exchange): Promise<void> | void;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function decode(parameter: string): string {
  try {
    return decodeURIComponent(parameter);
  } catch (error) {
    throw new AgentSdkError("bad_request", "The path is not well encoded.", { cause: error });
  }
}

/** Hashes have one length, so neither the token's length nor its bytes show in the time that a refusal takes. */
function authenticator(token: string): (request: IncomingMessage) => void {
  const expected = digest(token);
  return (request) => {
    const given = request.headers[tokenHeader];
    if (typeof given !== "string" || !timingSafeEqual(digest(given), expected)) throw new AgentSdkError("unauthenticated", `The header ${tokenHeader} does not hold this supervisor's token.`);
  };
}

async function dispatch(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? "/";
  const split = url.indexOf("?");
  const path = split < 0 ? url : url.slice(0, split);
  const matching = routes.filter((route) => route.path.test(path));
  const route = matching.find((candidate) => candidate.method === request.method);
  if (!route) throw new AgentSdkError(matching.length > 0 ? "not_supported" : "not_found", `There is no ${request.method} ${path}.`);
  const parameters = (route.path.exec(path) ?? []).slice(1).map(decode);
  await route.handle({ request, response, query: new URLSearchParams(split < 0 ? "" : url.slice(split + 1)), parameters });
}

/** Every request is authenticated before anything else of it is looked at. */
export function requestListener(routes: readonly Route[], token: string, log: Logger): RequestListener {
  const authenticate = authenticator(token);
  return (request, response) => {
    // A caller that breaks off is noticed by what waits for it.
    response.on("error", (error) => log.debug({ error: error.message }, "An answer could not be delivered."));
    const fail = (error: unknown): void => {
      if (!isAgentSdkError(error)) log.error({ error: describeError(error) }, "A request failed.");
      sendError(response, error);
    };
    try {
      authenticate(request);
      dispatch(routes, request, response).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}
