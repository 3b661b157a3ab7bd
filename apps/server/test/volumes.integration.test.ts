import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiClient } from "@agent-sdk/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startRealServer, type CallAnswer, type RealServer } from "./support/real-server.ts";

let server: RealServer;
let client: ApiClient;
beforeAll(async () => {
  server = await startRealServer();
  client = new ApiClient({ apiUrl: server.url });
}, 120_000);
afterAll(() => server[Symbol.asyncDispose](), 60_000);

const ask = (method: string, path: string, body?: unknown): Promise<CallAnswer> => call(server, method, path, body);
let made = 0;

/** A volume of its own for one test; its name, and its directory on the host. */
async function volume(): Promise<{ readonly name: string; readonly id: string; readonly directory: string }> {
  const { body } = await ask("POST", "/volumes", { name: `v${(made += 1)}`, provider: "unix_local" });
  return { name: String(body["name"]), id: String(body["id"]), directory: join(server.home, "volumes", String(body["provider_ref"])) };
}

describe("volumes", { timeout: 60_000 }, () => {
  it("answer as documented: created, listed by provider, read by id and by name, deleted", async () => {
    const created = await ask("POST", "/volumes", { name: "data", provider: "unix_local" });
    expect([created.status, created.body]).toEqual([200, { id: expect.any(String), name: "data", provider: "unix_local", provider_ref: expect.any(String), status: "ready", created_at: expect.any(String) }]);
    const { id } = created.body as { id: string };
    for (const idOrName of [id, "data"]) expect((await ask("GET", `/volumes/${idOrName}`)).body).toEqual(created.body);
    expect((await ask("GET", "/volumes?provider=unix_local")).body).toContainEqual(created.body);
    expect((await ask("GET", "/volumes?provider=docker")).body).toEqual([]);
    expect(await ask("POST", "/volumes", { name: "data" })).toMatchObject({ status: 409, body: { code: "conflict" } });
    const deleted = await ask("DELETE", `/volumes/data`);
    expect([deleted.status, deleted.body]).toEqual([204, {}]);
    for (const method of ["GET", "DELETE"]) expect(await ask(method, "/volumes/data")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("are listed in pages", async () => {
    const names = [(await volume()).name, (await volume()).name, (await volume()).name];
    const seen: string[] = [];
    for (let path: string | undefined = "/volumes?limit=2&provider=unix_local"; path !== undefined; ) {
      const page: CallAnswer = await ask("GET", path);
      const rows = page.body as unknown as readonly { readonly name: string }[];
      expect(rows.length).toBeLessThanOrEqual(2);
      seen.push(...rows.map(({ name }) => name));
      path = /<(.*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(names));
  });

  it.each([
    [{ name: "../up" }, "name"],
    [{ name: "" }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ name: "a,b" }, "name"],
    [{ name: "ok", provider: "nowhere" }, "provider"],
    [{ name: "ok", size: 1 }, "size"],
    [{}, "name"],
  ])("refuse to be made of %j", async (body, field) => {
    expect(await ask("POST", "/volumes", body)).toMatchObject({ status: 400, body: { code: "bad_request", field } });
  });

  it("are kept while a session uses them, and go with it by force", async () => {
    const { name } = await volume();
    const session = await ask("POST", "/sessions", { agent_type: "demo", volume_id: name, provision: false });
    expect(session.status).toBe(200);
    expect(await ask("DELETE", `/volumes/${name}`)).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect((await ask("DELETE", `/volumes/${name}?force=true`)).status).toBe(204);
    expect((await ask("GET", `/sessions/${String(session.body["session_id"])}`)).status).toBe(404);
  });
});

describe("files of a volume", { timeout: 60_000 }, () => {
  it("are written, listed, read, edited, moved and deleted without a sandbox", async () => {
    const { name } = await volume();
    const at = `/volumes/${name}/files`;
    expect((await ask("POST", `${at}/mkdir`, { path: "a/deep" })).body).toEqual({ status: "ok", path: "a/deep" });
    expect((await ask("POST", `${at}/edit`, { path: "a/b", content: "one two one" })).body).toEqual({ status: "ok", path: "a/b", replacements: 1 });
    expect((await ask("GET", `${at}/tree`)).body).toEqual({ tree: "a/\na/b\na/deep/" });
    const { body: listed } = await ask("GET", `${at}/tree?path=a&stat=1`);
    expect(listed["entries"]).toEqual([expect.objectContaining({ path: "b", kind: "file", size: 11 }), expect.objectContaining({ path: "deep", kind: "directory", size: 0 })]);
    expect((await ask("GET", `${at}/read?path=a/b`)).body).toEqual({ content: "one two one" });
    expect([(await ask("GET", `${at}/exists?path=a/b`)).body, (await ask("GET", `${at}/exists?path=a/c`)).body]).toEqual([{ exists: true }, { exists: false }]);
    expect(await ask("POST", `${at}/edit`, { path: "a/b", old_string: "three", new_string: "" })).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await ask("POST", `${at}/edit`, { path: "a/b", old_string: "one", new_string: "1" })).toMatchObject({ status: 409, body: { code: "conflict", matches: 2 } });
    expect((await ask("POST", `${at}/edit`, { path: "a/b", old_string: "one", new_string: "1", replace_all: true })).body).toMatchObject({ replacements: 2 });
    expect((await ask("POST", `${at}/upload`, { path: "bytes", content: Buffer.of(0xff, 0, 1).toString("base64") })).body).toEqual({ status: "ok", path: "bytes", size: 3 });
    expect((await ask("GET", `${at}/read?path=bytes`)).body).toEqual({ content_base64: "/wAB" });
    expect((await ask("POST", `${at}/delete`, { path: "a" })).body).toEqual({ status: "ok", path: "a" });
    expect(await ask("GET", `${at}/read?path=a/b`)).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("are renamed over what is there, and otherwise not, in one step and in the documented words", async () => {
    const { name } = await volume();
    const at = `/volumes/${name}/files`;
    for (const path of ["a", "b", "full/x", "other/y"]) await ask("POST", `${at}/edit`, { path, content: path });
    const refused = await ask("POST", `${at}/rename`, { path: "a", new_path: "b", overwrite: false });
    expect([refused.status, refused.body]).toEqual([409, { error: "exists", path: "b", code: "conflict", request_id: expect.any(String) }]);
    expect(await ask("POST", `${at}/rename`, { path: "full", new_path: "other", overwrite: false })).toMatchObject({ status: 409, body: { error: "exists", path: "other" } });
    expect((await ask("POST", `${at}/rename`, { path: "full", new_path: "new", overwrite: false })).body).toEqual({ status: "ok", path: "full", new_path: "new" });
    expect((await ask("POST", `${at}/rename`, { path: "a", new_path: "b" })).status).toBe(200);
    expect((await ask("GET", `${at}/tree`)).body).toEqual({ tree: "b\nnew/\nother/\nnew/x\nother/y" });
    await Promise.all(Array.from({ length: 8 }, (_, n) => ask("POST", `${at}/edit`, { path: `from-${n}`, content: String(n) })));
    const race = await Promise.all(Array.from({ length: 8 }, (_, n) => ask("POST", `${at}/rename`, { path: `from-${n}`, new_path: "to", overwrite: false })));
    expect(race.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
    const winner = race.findIndex(({ status }) => status === 200);
    expect((await ask("GET", `${at}/read?path=to`)).body).toEqual({ content: String(winner) });
  });

  it("are confined to the volume, whatever stands in the way", async () => {
    const { name, directory } = await volume();
    const outside = join(server.home, "outside");
    await mkdir(outside, { recursive: true });
    await writeFile(join(outside, "secret"), "secret");
    await mkdir(directory, { recursive: true });
    await Promise.all([symlink(outside, join(directory, "link")), symlink("/etc", join(directory, "etc")), symlink("../../outside", join(directory, "relative"))]);
    const at = `/volumes/${name}/files`;
    for (const path of ["../outside/secret", "a/../../x", "/etc/passwd", "link/secret", "relative/secret", "etc/hostname"]) {
      const query = new URLSearchParams({ path }).toString();
      const answers = await Promise.all([
        ...["read", "download", "exists", "tree"].map((operation) => ask("GET", `${at}/${operation}?${query}`)),
        ask("POST", `${at}/edit`, { path, content: "x" }),
        ask("POST", `${at}/mkdir`, { path }),
        ask("POST", `${at}/delete`, { path }),
        ask("POST", `${at}/upload`, { path, content: "eA==" }),
        ask("POST", `${at}/rename`, { path, new_path: "here" }),
        ask("POST", `${at}/rename`, { path: "link", new_path: path, overwrite: false }),
      ]);
      expect(answers.map(({ status }) => status), path).toEqual(answers.map(() => 403));
      expect(JSON.stringify(answers), path).not.toContain(server.home);
    }
    expect(await ask("POST", `${at}/edit`, { path: "a\0b", content: "x" })).toMatchObject({ status: 400 });
    expect(await ask("POST", `${at}/delete`, { path: "." })).toMatchObject({ status: 403 });
    expect(await readdir(outside)).toEqual(["secret"]);
  });

  it("of any length are streamed in and out; read refuses above 20 MB", async () => {
    const { id } = await volume();
    const chunk = new Uint8Array(1024 * 1024).fill(7);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (sent++ < 30 ? controller.enqueue(chunk) : controller.close()),
    });
    expect(await client.uploadVolumeFile(id, "large", body)).toMatchObject({ size: 30 * chunk.length });
    await expect(client.readVolumeFile(id, "large")).rejects.toMatchObject({ code: "too_large", status: 413 });
    let received = 0;
    for await (const part of await client.downloadVolumeFile(id, "large")) received += part.every((byte) => byte === 7) ? part.length : Number.NaN;
    expect(received).toBe(30 * chunk.length);
    const text = "é🙂\n".repeat(1_000_000);
    await client.putVolumeFile(id, "text", new TextEncoder().encode(text));
    expect(await client.readVolumeFile(id, "text")).toEqual({ content: text });
  });
});
