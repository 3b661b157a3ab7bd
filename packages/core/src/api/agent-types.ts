import * as z from "zod";
import { count } from "./fields.ts";

/** One agent that a session can be made with, as `GET /agent-types` lists it. */
export interface AgentTypeAnswer {
  /** What `agent_type` takes. */
  readonly id: string;
  readonly title: string;
  readonly kind: "archive" | "command" | "file" | "npm" | "uvx";
  readonly version: string | null;
  /** Whether it could be started now without fetching anything. */
  readonly installed: boolean;
  readonly size_bytes: number | null;
  readonly modes: readonly string[];
  /** The config option or method by which each is changed; null where the agent has none. */
  readonly config_options: { readonly model: string | null; readonly mode: string | null; readonly thought_level: string | null };
  /** Names under which `secrets` may hold its credentials. */
  readonly credentials: readonly string[];
}

/** The same in the domain's terms. */
export interface AgentTypeLike {
  readonly id: string;
  readonly title: string;
  readonly kind: AgentTypeAnswer["kind"];
  readonly version: string | null;
  readonly installed: boolean;
  readonly sizeBytes: number | null;
  readonly modes: readonly string[];
  readonly settings: { readonly model: string | null; readonly mode: string | null; readonly thoughtLevel: string | null };
  readonly credentialNames: readonly string[];
}

const name = z.string().nullable();

export const agentTypesAnswerSchema: z.ZodType<readonly AgentTypeAnswer[]> = z.array(
  z
    .object({
      id: z.string(),
      title: z.string(),
      kind: z.enum(["archive", "command", "file", "npm", "uvx"]),
      version: z.string().nullable(),
      installed: z.boolean(),
      size_bytes: count.nullable(),
      modes: z.array(z.string()),
      config_options: z.object({ model: name, mode: name, thought_level: name }),
      credentials: z.array(z.string()),
    })
    .meta({ id: "AgentTypeAnswer" }),
);

export function agentTypeAnswer({ id, title, kind, version, installed, sizeBytes, modes, settings, credentialNames }: AgentTypeLike): AgentTypeAnswer {
  const { model, mode, thoughtLevel } = settings;
  return { id, title, kind, version, installed, size_bytes: sizeBytes, modes, config_options: { model, mode, thought_level: thoughtLevel }, credentials: credentialNames };
}
