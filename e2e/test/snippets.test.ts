import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerProcess } from "./support/server-process.ts";
import { snippetsOf } from "./support/snippets.ts";
import { Workspace } from "./support/workspace.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const snippets = ["README.md", "packages/client/README.md"].flatMap((file) => snippetsOf(join(repository, file), file));
const compiler = join(createRequire(import.meta.url).resolve("typescript/package.json"), "..", "bin", "tsc");
const run = promisify(execFile);

interface Failed {
  readonly stdout: string;
  readonly stderr: string;
}

async function problemsOf(program: string, args: readonly string[], options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }): Promise<string> {
  try {
    await run(program, args, options);
    return "";
  } catch (error) {
    const { stdout, stderr } = error as Failed;
    return `${stdout}${stderr}`;
  }
}

describe("what the documentation shows", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  /** Within this package, so that imports are resolved as its own are. */
  let folder: string;

  const fileOf = (index: number): string => join(folder, `snippet-${index}.ts`);

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
    folder = await mkdtemp(join(repository, "e2e", ".snippets-"));
    for (const [index, { code }] of snippets.entries()) await writeFile(fileOf(index), code);
    const settings = { extends: "@agent-sdk/tsconfig/base.json", compilerOptions: { noEmit: true, customConditions: [], isolatedDeclarations: false, declaration: false, declarationMap: false }, include: ["*.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  it("compiles", async () => {
    expect(snippets.length).toBeGreaterThan(5);
    expect(await problemsOf(process.execPath, [compiler, "-p", folder], { cwd: folder })).toBe("");
  });

  it.each(snippets.map(({ name }, index) => [name, index] as const))("runs (%s)", async (_name, index) => {
    const { PATH = "" } = process.env;
    const env = { PATH, HOME: workspace.home, AGENT_API_URL: server.url };
    expect(await problemsOf(process.execPath, [fileOf(index)], { cwd: folder, env })).toBe("");
    for (const session of (await (await fetch(`${server.url}/sessions`)).json()) as readonly { readonly session_id: string }[]) await fetch(`${server.url}/sessions/${session.session_id}`, { method: "DELETE" });
  });
});
