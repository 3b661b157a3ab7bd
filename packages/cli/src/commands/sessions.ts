import type { Command } from "commander";
import { contextOf, type CommandContext } from "../context.ts";
import { wholeNumber } from "../numbers.ts";
import { table } from "../output/table.ts";
import { addSessionOptions, sessionFields, type SessionOptions } from "../session-options.ts";
import type { Terminal } from "../terminal.ts";

type Body<Given extends readonly unknown[]> = (context: CommandContext, ...given: Given) => Promise<void>;

interface ListOptions {
  readonly status?: "active" | "hibernated" | undefined;
  readonly limit?: number | undefined;
}

async function list(context: CommandContext, { status, limit = 100 }: ListOptions): Promise<void> {
  const { items } = await context.api.listSessions({ status, limit }, { signal: context.signal });
  if (context.json) return context.printJson(items);
  const rows = items.map((item) => [item.session_id, item.status, `${item.idle_seconds} s`, item.sandbox_ref ?? "-"]);
  return context.terminal.out.write(table(rows, ["session", "status", "idle", "sandbox"]));
}

async function create(context: CommandContext, options: SessionOptions & { readonly provision: boolean }): Promise<void> {
  const { provision, ...others } = options;
  const answer = await context.api.createSession({ provision, ...(await sessionFields(others, context.terminal.env)) }, { signal: context.signal });
  if (context.json) return context.printJson(answer);
  return context.terminal.out.write(`${answer.session_id}\n`);
}

async function show(context: CommandContext, id: string): Promise<void> {
  const { signal, api } = context;
  const [row, status] = await Promise.all([api.getSession(id, { signal }), api.getSessionStatus(id, { signal })]);
  const all = { ...status, ...row };
  if (context.json) return context.printJson(all);
  const shown = Object.entries(all).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return context.terminal.out.write(table(shown, ["field", "value"]));
}

async function log(context: CommandContext, id: string, { limit = 500 }: { readonly limit?: number | undefined }): Promise<void> {
  const rows = await context.api.getLog(id, { limit, signal: context.signal });
  if (context.json) return context.printJson(rows);
  return context.terminal.out.write(rows.map((row) => `${row.created_at} ${row.event_type} ${JSON.stringify(row.payload)}\n`).join(""));
}

async function prompts(context: CommandContext, id: string): Promise<void> {
  const rows = await context.api.listPrompts(id, { signal: context.signal });
  if (context.json) return context.printJson(rows);
  return context.terminal.out.write(table(rows.map((row) => [row.rpc_id, row.status, row.stop_reason ?? "-", row.created_at]), ["prompt", "status", "ended with", "sent"]));
}

async function cancel(context: CommandContext, id: string): Promise<void> {
  const cancelled = await context.session(id).cancel({ signal: context.signal });
  if (context.json) return context.printJson({ cancelled });
  return context.note(cancelled ? "cancelling" : "nothing runs");
}

async function release(context: CommandContext, id: string): Promise<void> {
  await context.session(id).release({ signal: context.signal });
}

async function resume(context: CommandContext, id: string): Promise<void> {
  const answer = await context.api.resume(id, {}, { signal: context.signal });
  if (context.json) await context.printJson(answer);
}

async function remove(context: CommandContext, ids: readonly string[]): Promise<void> {
  for (const id of ids) await context.session(id).delete({ signal: context.signal });
}

/** `agent-sdk sessions …`: what is done with sessions apart from prompting them. */
export function addSessionsCommands(program: Command, terminal: Terminal): void {
  const sessions = program.command("sessions").description("List, make, look at and delete sessions.");
  // Commander hands over the arguments, then the options, then the command itself.
  const action = <Given extends readonly unknown[]>(body: Body<Given>) => async (...given: readonly unknown[]): Promise<void> =>
    body(await contextOf(given.at(-1) as Command, terminal), ...(given.slice(0, -1) as unknown as Given));
  const one = (name: string, what: string): Command => sessions.command(name).description(what).argument("<session>", "the session's id");

  sessions.command("list").description("The newest sessions, live ones first.").option("--status <status>", "active or hibernated").option("--limit <number>", "how many", wholeNumber).action(action(list));
  const creating = sessions.command("create").description("Make a session, and print its id.").option("--no-provision", "do not wait for its sandbox: the first prompt brings it up");
  addSessionOptions(creating).action(action(create));
  one("show", "What a session is and does.").action(action(show));
  one("log", "Its conversation, as rows.").option("--limit <number>", "the newest", wholeNumber).action(action(log));
  one("prompts", "Its queue.").action(action(prompts));
  one("cancel", "End the prompt that runs.").action(action(cancel));
  one("release", "End its sandbox and keep the session.").action(action(release));
  one("resume", "Bring its sandbox back.").action(action(resume));
  sessions.command("delete").description("Delete sessions with everything of them.").argument("<sessions...>", "their ids").action(action(remove));
}
