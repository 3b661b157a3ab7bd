import * as z from "zod";
import type { JsonObject } from "../json.ts";
import type { OnSandboxLoss, Prompt } from "../prompt.ts";
import { line, promptId, text } from "./fields.ts";
import { parseBody, refuseFields } from "./parse.ts";

/** An ACP content block (https://agentclientprotocol.com/protocol/content); members that this version does not know are passed on. */
export interface ContentBlock {
  readonly type: "text" | "image" | "audio" | "resource" | "resource_link";
  readonly [member: string]: unknown;
}

/** The body of `POST /sessions/{id}/message` and `message+stream`. */
export interface MessageBody {
  readonly message: string | readonly ContentBlock[];
  readonly interrupt?: boolean | null | undefined;
  readonly attachments?: readonly unknown[] | null | undefined;
  /** Chosen by the caller, it makes the call safe to repeat. */
  readonly rpc_id?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly on_sandbox_loss?: OnSandboxLoss | null | undefined;
}

/** The answer of `POST /sessions/{id}/message`. The prompt is stored. */
export interface MessageAnswer {
  readonly rpc_id: string;
  readonly status: "queued";
}

const required = z.string().min(1);

const contentBlock: z.ZodType<ContentBlock> = z.discriminatedUnion(
  "type",
  [
    z.looseObject({ type: z.literal("text"), text: z.string() }),
    z.looseObject({ type: z.literal("image"), mimeType: required, data: required }),
    z.looseObject({ type: z.literal("audio"), mimeType: required, data: required }),
    z.looseObject({ type: z.literal("resource"), resource: z.looseObject({ uri: required }) }),
    z.looseObject({ type: z.literal("resource_link"), uri: required, name: required }),
  ],
  { error: "must be an ACP content block: text, image, audio, resource or resource_link, with its members" },
);

const message = z.union([text(1_000_000), z.array(contentBlock).min(1).max(256)], { error: "must be text, or a list of ACP content blocks, and not empty" });

export const messageBody: z.ZodType<MessageBody> = z.strictObject({
  message,
  interrupt: z.boolean().nullish(),
  attachments: z.array(z.unknown()).nullish(),
  rpc_id: promptId.nullish(),
  model: line(256).nullish(),
  on_sandbox_loss: z.enum(["retry", "fail"]).nullish(),
}).meta({ id: "MessageBody" });

export const messageAnswerSchema: z.ZodType<MessageAnswer> = z.object({ rpc_id: promptId, status: z.literal("queued") }).meta({ id: "MessageAnswer" });

/** A checked message, in the domain's terms. */
export interface MessageRequest {
  readonly rpcId: string | undefined;
  readonly content: readonly JsonObject[];
  readonly interrupt: boolean;
  readonly model: string | undefined;
  readonly onSandboxLoss: OnSandboxLoss | undefined;
}

/** @throws AgentSdkError `bad_request`, `not_supported` */
export function parseMessage(body: unknown): MessageRequest {
  const fields = parseBody(messageBody, body, { storable: true });
  refuseFields({ attachments: fields.attachments });
  const content = typeof fields.message === "string" ? [{ type: "text", text: fields.message }] : (fields.message as readonly JsonObject[]);
  return {
    rpcId: fields.rpc_id ?? undefined,
    content,
    interrupt: fields.interrupt ?? false,
    model: fields.model ?? undefined,
    onSandboxLoss: fields.on_sandbox_loss ?? undefined,
  };
}

/** The original's word for every accepted prompt is "queued", even when it has begun already. */
export function messageAnswer(prompt: Prompt): MessageAnswer {
  return { rpc_id: prompt.rpcId, status: "queued" };
}
