import type { DecidedBy, JsonObject, JsonRpcErrorObject, JsonRpcId, JsonValue, NewEvent, NewQuestion, PermissionPolicy, QuestionKind, Verdict } from "@agent-sdk/core";
import { isJsonObject } from "@agent-sdk/core";
import type { AgentConnection } from "../agent/agent-connection.ts";
import { methodNotFound } from "../agent/rpc-error.ts";
import type { DriverContext } from "../driver/context.ts";
import { requestedEvent, resolvedEvent } from "./events.ts";
import { isToolUpdate, KnownToolCalls } from "./known-tool-calls.ts";
import type { Decision } from "./policy.ts";
import { allowsEverything, asksSomebody, decide, defaultPolicy } from "./policy.ts";
import { Questions } from "./questions.ts";
import { cancelledReply, policyReply } from "./replies.ts";
import { cutParams } from "./stored-params.ts";
import { toolCallFacts } from "./tool-call.ts";

/** A request of the agent, and where it stands in which journal. */
export interface AgentRequest {
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params: JsonValue;
  readonly runId: string;
  readonly position: number;
}

export type Reply = { readonly error: JsonRpcErrorObject } | { readonly result: JsonValue };

/** What to do about a request: what to answer at once, null where somebody is asked, and what to record of it in the commit that it comes with. */
export interface Handling {
  readonly reply: Reply | null;
  readonly events: readonly NewEvent[];
  readonly question: NewQuestion | null;
}

/** What the agent is at, and whether that is to end. */
export interface AskedDuring {
  readonly rpcId: string | null;
  readonly cancelling: boolean;
}

const kindOfMethod: Readonly<Record<string, QuestionKind>> = { "session/request_permission": "permission", "elicitation/create": "elicitation" };

type Asked = Pick<NewQuestion, "id" | "kind" | "params">;

/** Answers what the agent of one session asks: by its policy, or by asking somebody. */
export class SessionPermissions {
  readonly questions: Questions;
  readonly #context: DriverContext;
  readonly #toolCalls: KnownToolCalls;

  constructor(context: DriverContext, connection: () => AgentConnection | null, poke: () => void) {
    this.#context = context;
    this.questions = new Questions(context, connection, poke);
    this.#toolCalls = new KnownToolCalls(context.env, context.sessionId, context.signal);
  }

  /** A prompt begins, or is gone on with. */
  beginPrompt(rpcId: string, options: { readonly fresh: boolean }): void {
    this.#toolCalls.begin(rpcId, options);
  }

  /** Everything that the agent says without waiting for an answer. */
  onNotification(message: JsonObject): void {
    const { method, params } = message;
    if (!isJsonObject(params)) return;
    const { elicitationId, requestId, update } = params;
    if (method === "session/update" && isJsonObject(update) && isToolUpdate(update)) this.#toolCalls.note(update);
    if (method === "$/cancel_request" && (typeof requestId === "string" || typeof requestId === "number")) this.questions.withdraw(requestId);
    if (method === "elicitation/complete" && typeof elicitationId === "string") this.questions.complete(elicitationId);
  }

  /** A prompt that is being cancelled has its questions cancelled, as the protocol demands. */
  async handle(request: AgentRequest, during: AskedDuring): Promise<Handling> {
    const kind = kindOfMethod[request.method];
    // Nothing else was offered to the agent at initialize.
    if (kind === undefined) return { reply: { error: { code: methodNotFound, message: `${request.method} is not offered by this client.` } }, events: [], question: null };
    const given = isJsonObject(request.params) ? request.params : {};
    const params = kind === "permission" ? { ...given, toolCall: await this.#toolCall(given) } : given;
    const asked: Asked = { id: this.#context.env.random.uuid(), kind, params: cutParams(params) };
    if (during.cancelling) return this.#decided(asked, during.rpcId, { reply: cancelledReply(kind), decidedBy: "prompt_cancelled" });
    const { action, rule } = this.#decide(kind, params);
    if (action !== "ask") return this.#decided(asked, during.rpcId, { reply: policyReply(kind, params, action), decidedBy: action, rule });
    if (!this.questions.hasRoom) return this.#decided(asked, during.rpcId, { reply: cancelledReply(kind), decidedBy: "too_many" });
    return this.#ask(asked, request, during.rpcId);
  }

  async #toolCall(params: JsonObject): Promise<JsonObject> {
    return this.#toolCalls.complete(isJsonObject(params["toolCall"]) ? params["toolCall"] : {});
  }

  /** By the whole request, however much of it is kept. */
  #decide(kind: QuestionKind, params: JsonObject): Decision {
    const { sandbox, settings } = this.#context;
    const otherwise = policyOtherwise(this.#context);
    if (kind === "elicitation") return { action: elicitationPolicy(this.#context), rule: null };
    const places = { root: sandbox.paths?.root ?? "/", home: sandbox.paths?.home ?? "/" };
    return decide(settings.permissions, otherwise, toolCallFacts(isJsonObject(params["toolCall"]) ? params["toolCall"] : {}), places);
  }

  #decided(asked: Asked, rpcId: string | null, decision: { readonly reply: JsonObject; readonly decidedBy: DecidedBy; readonly rule?: number | null }): Handling {
    const verdict: Verdict = { reply: decision.reply, decidedBy: decision.decidedBy, caller: null };
    const resolved = resolvedEvent(asked, verdict, { at: this.#context.env.clock.now(), rule: decision.rule ?? null });
    return { reply: { result: decision.reply }, events: [requestedEvent(asked), resolved].map((message) => ({ rpcId, message })), question: null };
  }

  #ask(asked: Asked, request: AgentRequest, rpcId: string | null): Handling {
    const { limits, options } = this.#context;
    const timeoutMs = limits.permissionTimeoutMs ?? options.permissionTimeoutMs;
    const question: NewQuestion = { ...asked, rpcId, runId: request.runId, position: request.position, requestId: request.id, timeoutMs };
    this.questions.add(question);
    return { reply: null, events: [{ rpcId, message: requestedEvent(asked) }], question };
  }
}

type PolicyContext = Pick<DriverContext, "options" | "sandbox" | "settings">;

function policyOtherwise({ options, sandbox }: PolicyContext): PermissionPolicy {
  return options.defaultPermissions ?? defaultPolicy(sandbox.isolation);
}

/** Forms are for somebody to fill in: asked where anything is. */
function elicitationPolicy(context: PolicyContext): PermissionPolicy {
  if (mayAsk(context)) return "ask";
  return (context.settings.permissions ?? policyOtherwise(context)) === "deny" ? "deny" : "allow";
}

/** Whether this session's agent may have questions for somebody: then it is told at initialize that it can ask with forms. */
export function mayAsk(context: PolicyContext): boolean {
  return asksSomebody(context.settings.permissions, policyOtherwise(context));
}

/** Whether the agent is to ask before what is risky, whoever answers. */
export function mustAsk(context: PolicyContext): boolean {
  return !allowsEverything(context.settings.permissions, policyOtherwise(context));
}
