import { isDeepStrictEqual } from "node:util";
import type { NewPrompt, PromptStore } from "@agent-sdk/core";
import { AgentSdkError, queueFull, queueLimits } from "@agent-sdk/core";
import type { PromptRow } from "../../rows/prompt.ts";
import { promptOf } from "../../rows/prompt.ts";
import type { Context } from "../context.ts";

type Row = PromptRow & { readonly outcome: "created" | "existing" | "missing" | "deleting" | "full"; readonly seq: number | null };

function answer(prompt: NewPrompt, row: Row): Awaited<ReturnType<PromptStore["enqueue"]>> {
  if (row.outcome === "missing") throw new AgentSdkError("not_found", `There is no session ${prompt.sessionId}.`);
  if (row.outcome === "deleting") throw new AgentSdkError("not_found", `The session ${prompt.sessionId} is being deleted.`);
  if (row.outcome === "full") throw queueFull();
  const stored = promptOf(row);
  if (row.outcome === "created") return { prompt: stored, created: true, seq: row.seq };
  // As JSON says it: undefined members are not there.
  const given: unknown = JSON.parse(JSON.stringify(prompt.content));
  if (!isDeepStrictEqual(stored.content, given)) throw new AgentSdkError("conflict", `The id ${prompt.rpcId} belongs to another prompt.`);
  return { prompt: stored, created: false, seq: null };
}

export async function enqueuePrompt({ database, schema }: Context, prompt: NewPrompt): ReturnType<PromptStore["enqueue"]> {
  const sql = `select e.outcome, e.seq, (e.prompt).* from ${schema}.enqueue_prompt($1, $2, $3, $4, $5, $6, $7, $8, $9) e`;
  const parameters = [prompt.sessionId, prompt.rpcId, JSON.stringify(prompt.content), prompt.model, prompt.onSandboxLoss, prompt.interrupt, prompt.event, queueLimits.prompts, queueLimits.bytes];
  const [row] = await database.run<Row>({ name: "enqueue", sql, parameters }, { kind: "write" });
  return answer(prompt, row as Row);
}
