import { openAsBlob } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { contextOf, type CommandContext } from "../context.ts";
import { table } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";

async function list(context: CommandContext, id: string, path: string | undefined): Promise<void> {
  const { files } = context.session(id).sandbox;
  const answer = await files.tree(path, { stat: true, signal: context.signal });
  if (context.json) return context.printJson(answer.entries ?? []);
  const rows = (answer.entries ?? []).map((entry) => [entry.kind, String(entry.size), entry.modified_at, entry.path]);
  return context.terminal.out.write(table(rows, ["kind", "bytes", "changed", "path"]));
}

async function cat(context: CommandContext, id: string, path: string): Promise<void> {
  const { files } = context.session(id).sandbox;
  const bytes = await files.download(path, { signal: context.signal });
  for await (const part of Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0]) as AsyncIterable<Uint8Array>) await context.terminal.out.write(part);
}

/** The last part of a path in the sandbox, where `/` parts them on every system. */
function remoteName(path: string): string {
  return path.split("/").findLast((part) => part !== "") ?? "file";
}

async function put(context: CommandContext, id: string, local: string, remote: string | undefined): Promise<void> {
  const target = remote === undefined ? basename(local) : remote.endsWith("/") ? `${remote}${basename(local)}` : remote;
  // A file that is read as it is sent, of a length that is known.
  const size = await context.session(id).sandbox.files.write(target, await openAsBlob(local), { signal: context.signal });
  if (context.json) return context.printJson({ path: target, size });
  return context.note(`${target}: ${size} bytes`);
}

async function get(context: CommandContext, id: string, remote: string, local: string | undefined): Promise<void> {
  const target = local ?? remoteName(remote);
  const bytes = await context.session(id).sandbox.files.download(remote, { signal: context.signal });
  const staging = `${target}.part`;
  try {
    // Whole or not at all: half a file looks like a file.
    await pipeline(Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(staging), { signal: context.signal });
    await rename(staging, target);
  } finally {
    await rm(staging, { force: true });
  }
  await context.note(`wrote ${target}`);
}

async function remove(context: CommandContext, id: string, path: string): Promise<void> {
  await context.session(id).sandbox.files.delete(path, { signal: context.signal });
}

async function move(context: CommandContext, id: string, path: string, newPath: string, options: { readonly overwrite: boolean }): Promise<void> {
  await context.session(id).sandbox.files.rename(path, newPath, { overwrite: options.overwrite, signal: context.signal });
}

/** `agent-sdk files …`: the files of a session's sandbox. */
export function addFilesCommands(program: Command, terminal: Terminal): void {
  const files = program.command("files").description("Look at and change the files of a session's sandbox.");
  const one = (name: string, what: string): Command => files.command(name).description(what).argument("<session>", "the session's id");

  one("ls", "List what is below a path.")
    .argument("[path]")
    .action(async (id: string, path: string | undefined, _options: object, self: Command) => list(await contextOf(self, terminal), id, path));
  one("cat", "Print a file.")
    .argument("<path>")
    .action(async (id: string, path: string, _options: object, self: Command) => cat(await contextOf(self, terminal), id, path));
  one("put", "Send a file of this machine.")
    .argument("<local>")
    .argument("[path]", "where to; the same name where it is not given")
    .action(async (id: string, local: string, path: string | undefined, _options: object, self: Command) => put(await contextOf(self, terminal), id, local, path));
  one("get", "Fetch a file to this machine.")
    .argument("<path>")
    .argument("[local]", "where to; the same name where it is not given")
    .action(async (id: string, path: string, local: string | undefined, _options: object, self: Command) => get(await contextOf(self, terminal), id, path, local));
  one("rm", "Delete a file or a directory.")
    .argument("<path>")
    .action(async (id: string, path: string, _options: object, self: Command) => remove(await contextOf(self, terminal), id, path));
  one("mv", "Rename a file or a directory.")
    .argument("<path>")
    .argument("<newPath>")
    .option("--no-overwrite", "fail when something is there")
    .action(async (id: string, path: string, newPath: string, options: { readonly overwrite: boolean }, self: Command) => move(await contextOf(self, terminal), id, path, newPath, options));
}
