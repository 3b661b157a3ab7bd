import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startRealServer, type CallAnswer, type RealServer } from "./support/real-server.ts";

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer();
}, 120_000);
afterAll(() => server[Symbol.asyncDispose](), 60_000);

const ask = (method: string, path: string, body?: unknown): Promise<CallAnswer> => call(server, method, path, body);

describe("agents", { timeout: 60_000 }, () => {
  it("are made of settings, read without their secrets, used by sessions, and deleted with them", async () => {
    const secret = "planted-secret";
    const created = await ask("POST", "/agents", {
      agent_type: "custom",
      name: "worker",
      command: { path: "agent", args: ["--acp"], env: { KEY: secret } },
      config: { model: "m", mcp_servers: { one: { command: "server", env: { TOKEN: secret } }, two: { type: "http", url: `https://user:${secret}@host/mcp?key=${secret}`, headers: { "X-Key": secret } } } },
    });
    expect([created.status, JSON.stringify(created.body).includes(secret)]).toEqual([200, false]);
    expect(created.body).toMatchObject({
      agent_type: "custom",
      name: "worker",
      model: "m",
      command: { path: "agent", args: ["--acp"], env: { keys: ["KEY"] } },
      mcp_servers: [
        { name: "one", command: "server", env: [{ name: "TOKEN", value: "***" }] },
        { name: "two", type: "http", url: "https://***:***@host/mcp?key=***", headers: [{ name: "X-Key", value: "***" }] },
      ],
    });
    const { id } = created.body as { id: string };
    expect((await ask("GET", `/agents/${id}`)).body).toEqual(created.body);
    expect((await ask("GET", "/agents")).body).toContainEqual(created.body);
    const session = await ask("POST", "/sessions", { agent_id: id, provision: false });
    expect(session.body).toMatchObject({ agent_id: id });
    expect((await ask("DELETE", `/agents/${id}`)).status).toBe(204);
    expect((await ask("GET", `/agents/${id}`)).status).toBe(404);
    expect((await ask("DELETE", `/agents/${id}`)).status).toBe(404);
    expect((await ask("GET", `/sessions/${String(session.body["session_id"])}`)).status).toBe(404);
    expect((await ask("POST", "/sessions", { agent_id: id })).status).toBe(404);
  });

  it.each([
    ["cwd", "/work", "session"],
    ["secrets", { A: "b" }, "session"],
    ["workspace", "team", "session"],
    ["provider", "unix_local", "sandbox"],
    ["resources", { cpu: 1 }, "sandbox"],
    ["volume_id", "data", "sandbox"],
    ["provision", false, "session"],
  ])("refuse %s, which is not theirs, at both levels", async (field, value, owner) => {
    for (const body of [{ agent_type: "demo", [field]: value }, { config: { agent_type: "demo", [field]: value } }]) {
      const answer = await ask("POST", "/agents", body);
      expect(answer).toMatchObject({ status: 400, body: { code: "bad_request", field } });
      expect(answer.body["error"]).toContain(`belongs to a ${owner}`);
    }
  });

  it.each([
    [{ agent_type: "nobody" }, 400],
    [{ agent_typ: "demo" }, 400],
    [{ agent_type: "custom" }, 400],
    [[], 400],
  ])("refuse to be made of %j", async (body, status) => {
    expect((await ask("POST", "/agents", body)).status).toBe(status);
  });

  it.each(["nonsense", "00000000-0000-4000-8000-000000000000"])("are not found as %s", async (id) => {
    expect((await ask("GET", `/agents/${id}`)).status).toBe(404);
  });

  it("are listed in pages", async () => {
    for (let n = 0; n < 3; n += 1) await ask("POST", "/agents", { agent_type: "demo", name: String(n) });
    const first = await ask("GET", "/agents?limit=2");
    const next = /<(.*)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await ask("GET", next);
    const names = [first, second].flatMap(({ body }) => (body as unknown as readonly { readonly name: string }[]).map(({ name }) => name));
    expect(names.slice(0, 3)).toEqual(["2", "1", "0"]);
  });
});
