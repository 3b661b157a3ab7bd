import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, type CommandOptions, type CommandResult } from "./support/command.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const key = "key-of-the-test-0123456789abcdef";
const unknown = "00000000-0000-4000-8000-000000000000";

describe("the command", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  let local: string;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home, env: { AGENT_SDK_API_KEYS: key } });
    local = join(workspace.home, "local files");
    await mkdir(local);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  const call = (args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandResult> =>
    runCommand(args, { ...options, env: { HOME: workspace.home, AGENT_API_URL: server.url, AGENT_API_KEY: key, ...options.env }, cwd: local });

  const ok = async (args: readonly string[], options: Partial<CommandOptions> = {}): Promise<string> => {
    const result = await call(args, options);
    expect(result, result.err).toMatchObject({ code: 0 });
    return result.out;
  };

  const json = async (args: readonly string[]): Promise<unknown> => JSON.parse(await ok([...args, "--json"]));

  async function withSession(work: (id: string) => Promise<void>): Promise<void> {
    const id = (await ok(["sessions", "create", "--agent", "demo", "--provider", "unix_local"])).trim();
    try {
      await work(id);
    } finally {
      await ok(["sessions", "delete", id]);
    }
  }

  it("runs a prompt: the answer to the output, everything else beside it", async () => {
    const first = await call(["run", "--agent", "demo", "--provider", "unix_local", "--secret", "PLANTED", "--env", "GREETING=hi=there", "/tool title=look\n/say Hello\n/env GREETING\n/env PLANTED"], { env: { PLANTED: "from-outside" } });
    expect(first.code, first.err).toBe(0);
    expect(first.out).toContain("Hello");
    expect(first.out).toContain("hi=there");
    expect(first.out).toContain("from-outside");
    expect(first.out).not.toContain("look");
    expect(first.err).toContain("look");
    const id = /^session (\S+)$/m.exec(first.err)?.[1] ?? "";
    // It goes on, with its prompt from a pipe; its sandbox was released meanwhile.
    expect(await ok(["run", "--quiet", "--session", id, "-"], { input: "/recall\n" })).toContain("/say Hello");
    await ok(["sessions", "delete", id]);
    expect(await call(["sessions", "show", id])).toMatchObject({ code: 3, out: "" });
  });

  it("gives events as lines of JSON, the same ones afterwards", () =>
    withSession(async (id) => {
      const lines = (text: string): readonly Record<string, unknown>[] => text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
      const streamed = lines(await ok(["run", "--json", "--session", id, "/emit count=50"]));
      expect(streamed.at(-1)).toMatchObject({ type: "done", message: { result: { stopReason: "end_turn" } } });
      const { rpc_id: rpcId } = streamed.at(-1) ?? {};
      expect(lines(await ok(["events", id, "--rpc-id", String(rpcId), "--json"]))).toEqual(streamed);
      const all = lines(await ok(["events", id, "--no-follow", "--json"]));
      expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
      const sent = (await ok(["send", id, "again", "and", "again"])).trim();
      expect(await ok(["events", id, "--rpc-id", sent, "--quiet"])).toBe("echo: again and again\n");
      expect(await json(["sessions", "prompts", id])).toMatchObject([{ rpc_id: rpcId }, { rpc_id: sent, status: "done" }]);
      expect(await ok(["sessions", "log", id])).toContain("again and again");
    }));

  it("says by its exit code how a prompt ended", () =>
    withSession(async (id) => {
      expect(await call(["run", "--session", id, "/error message=no"])).toMatchObject({ code: 1, err: expect.stringMatching(/error: .*no.*\(agent_error\)/) as string });
      expect(await call(["run", "--session", id, "/refuse"])).toMatchObject({ code: 4 });
    }));

  it("cancels its prompt at the first interrupt, and leaves it to the server at the second", () =>
    withSession(async (id) => {
      let sent = 0;
      const cancelled = await call(["run", "--session", id, "/say begun\n/hang"], {
        onOutput: ({ out }, kill) => {
          if (out.includes("begun") && sent++ === 0) kill("SIGINT");
        },
      });
      expect(cancelled).toMatchObject({ code: 4, err: expect.stringContaining("[cancelled]") as string });
      const left = await call(["run", "--session", id, "/say begun\n/hang ignore_cancel=true"], {
        onOutput: ({ out, err }, kill) => {
          if (out.includes("begun") && !err.includes("cancelling")) kill("SIGINT");
          else if (err.includes("cancelling")) kill("SIGINT");
        },
      });
      expect(left).toMatchObject({ code: 130 });
    }));

  it("runs commands in the sandbox as if they were here", () =>
    withSession(async (id) => {
      expect(await call(["exec", id, "echo out; echo err >&2; exit 7"])).toEqual({ code: 7, out: "out\n", err: "err\n" });
      expect(await ok(["exec", id, "--", "printf", "%s|", "a b", "$HOME", "it's"])).toBe("a b|$HOME|it's|");
      expect(await ok(["exec", "-i", id, "tr a-z A-Z"], { input: "shout" })).toBe("SHOUT");
      expect(await call(["exec", id, "--timeout", "0.5", "sleep 60"])).toMatchObject({ code: 124 });
      expect(await call(["exec", unknown, "true"])).toMatchObject({ code: 125, err: expect.stringContaining("not_found") as string });
      expect(await json(["exec", id, "echo out"])).toMatchObject({ stdout: "out\n", exit_code: 0, timed_out: false });
    }));

  it("carries files both ways, whole or not at all", () =>
    withSession(async (id) => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
      await writeFile(join(local, "data grüße.bin"), bytes);
      await ok(["files", "put", id, join(local, "data grüße.bin"), "in/"]);
      const sum = createHash("sha256").update(bytes).digest("hex");
      expect(await ok(["exec", id, "--", "sha256sum", "in/data grüße.bin"])).toContain(sum);
      await ok(["files", "get", id, "in/data grüße.bin", "back.bin"]);
      expect((await readFile(join(local, "back.bin"))).equals(bytes)).toBe(true);
      await ok(["files", "mv", id, "in/data grüße.bin", "other.bin"]);
      expect(await ok(["files", "ls", id])).toContain("other.bin");
      await ok(["exec", id, "echo text > note.txt"]);
      expect(await ok(["files", "cat", id, "note.txt"])).toBe("text\n");
      await ok(["files", "rm", id, "note.txt"]);
      expect(await call(["files", "get", id, "note.txt"])).toMatchObject({ code: 3, err: expect.stringContaining("not_found") as string });
      expect((await readdir(local)).filter((name) => name.startsWith("note"))).toEqual([]);
    }));

  it("lists, shows, cancels, releases and resumes", () =>
    withSession(async (id) => {
      expect(await json(["sessions", "list"])).toContainEqual(expect.objectContaining({ session_id: id }));
      expect(await ok(["sessions", "list", "--limit", "5"])).toContain(id);
      expect(await json(["sessions", "show", id])).toMatchObject({ session_id: id, status: "active", agent_busy: false });
      expect(await json(["sessions", "cancel", id])).toEqual({ cancelled: false });
      await ok(["sessions", "release", id]);
      expect(await json(["sessions", "show", id])).toMatchObject({ status: "hibernated" });
      await ok(["sessions", "resume", id]);
      expect(await json(["sessions", "show", id])).toMatchObject({ status: "active" });
    }));

  it("keeps a key that works, for the server that it is for, and forgets it", async () => {
    const env = { AGENT_SDK_CLI_SETTINGS: join(local, "settings", "cli.json"), AGENT_API_KEY: "", AGENT_API_URL: "" };
    expect(await call(["login", "--url", server.url], { env, input: "wrong-key\n" })).toMatchObject({ code: 3, err: expect.stringContaining("unauthenticated") as string });
    const kept = await call(["login", "--url", server.url], { env, input: `${key}\n` });
    expect(kept.code, kept.err).toBe(0);
    expect(kept.err + kept.out).not.toContain(key);
    await ok(["sessions", "list"], { env });
    // Another server is not given it.
    await using other = await ServerProcess.start({ home: join(workspace.home, "other"), env: { AGENT_SDK_API_KEYS: "another-key-0123456789abcdef" } });
    expect(await call(["sessions", "list", "--url", other.url], { env })).toMatchObject({ code: 3, err: expect.stringContaining("needs an API key") as string });
    await ok(["logout"], { env });
    expect(await call(["sessions", "list", "--url", server.url], { env })).toMatchObject({ code: 3 });
  });

  it("tells wrong arguments and servers that are not there from everything else", async () => {
    expect(await call(["run"], { input: "" })).toMatchObject({ code: 2, err: expect.stringContaining("prompt") as string });
    expect(await call(["sessions", "create", "--env", "no-value"])).toMatchObject({ code: 2 });
    expect(await call(["run", "--secret", "NOT_THERE", "x"])).toMatchObject({ code: 2, err: expect.stringContaining("NOT_THERE") as string });
    expect(await call(["bogus"])).toMatchObject({ code: 2 });
    expect(await call(["events", unknown, "--after", "soon"])).toMatchObject({ code: 2 });
    expect(await call(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) as string });
    expect(await call(["health", "--url", "http://127.0.0.1:9", "--json"])).toMatchObject({ code: 3, err: expect.stringContaining('"unreachable"') as string });
    expect(await call(["health", "--url", "http://agents.example.test"])).toMatchObject({ code: 3, err: expect.stringContaining("insecure_url") as string });
    expect(await ok(["health"])).toContain("ok");
  });

  it("prints no key and no secret in anything that it says of itself", async () => {
    const result = await call(["sessions", "show", unknown, "--json"]);
    expect(JSON.parse(result.err)).toMatchObject({ error: { code: "not_found", status: 404 } });
    expect(result.out + result.err).not.toContain(key);
  });
});
