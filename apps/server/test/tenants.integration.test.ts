import { operations, type Operation } from "@agent-sdk/core/api";
import { expect, it } from "vitest";
import { startRealServer, type RealServer } from "./support/real-server.ts";

const keys = { acme: "acme-key-0123456789abcdef", other: "other-key-0123456789abcdef" } as const;

/** Requests that would succeed for their owner. An operation that names something by an id and is missing here fails the test. */
const bodies: Readonly<Record<string, unknown>> = {
  answerPermission: { outcome: "cancelled" },
  cancel: {},
  createSessionToken: {},
  deleteFile: { path: "seen.txt" },
  deleteVolumeFile: { path: "seen.txt" },
  editFile: { path: "seen.txt", content: "changed" },
  editVolumeFile: { path: "seen.txt", content: "changed" },
  exec: { command: "true" },
  makeVolumeDirectory: { path: "made" },
  putFile: "changed",
  putVolumeFile: "changed",
  release: {},
  renameFile: { path: "seen.txt", new_path: "moved.txt" },
  renameVolumeFile: { path: "seen.txt", new_path: "moved.txt" },
  resume: {},
  sendMessage: { message: "hello" },
  streamMessage: { message: "hello" },
  uploadFile: { path: "seen.txt", content: "eA==" },
  uploadVolumeFile: { path: "seen.txt", content: "eA==" },
};

const queries: Readonly<Record<string, string>> = {
  downloadFile: "?path=seen.txt", downloadVolumeFile: "?path=seen.txt", getFileTree: "?path=.", getVolumeFileTree: "?path=.", putFile: "?path=seen.txt", putVolumeFile: "?path=seen.txt",
  readFile: "?path=seen.txt", readVolumeFile: "?path=seen.txt", streamEvents: "?after=0&follow=false", volumeFileExists: "?path=seen.txt",
};

async function send(server: RealServer, key: string, method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const isBytes = typeof body === "string";
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : "application/json" }) };
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }) });
  return { status: response.status, text: await response.text() };
}

async function create(server: RealServer, key: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const { status, text } = await send(server, key, "POST", path, body);
  if (status !== 200) throw new Error(`POST ${path}: ${status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

const isOfOne = (operation: Operation): boolean => operation.scope !== null && operation.path.includes("{");

it("does not let a tenant reach anything of another's by its id, on any route, and says that there is no such thing", async () => {
  await using server = await startRealServer({ AGENT_SDK_API_KEYS: `acme:admin:${keys.acme},other:admin:${keys.other}` });
  const made = { name: "shared-name", provider: "unix_local" };
  const volume = await create(server, keys.acme, "/volumes", made);
  await create(server, keys.other, "/volumes", made);
  const agent = await create(server, keys.acme, "/agents", { agent_type: "demo" });
  const session = await create(server, keys.acme, "/sessions", { agent_id: agent["id"], volume_id: volume["id"] });
  const key = await create(server, keys.acme, "/keys", { scopes: ["read"] });
  const id = String(session["session_id"]);
  const { rpc_id: rpcId } = await create(server, keys.acme, `/sessions/${id}/message`, { message: "/write path=seen.txt text=private" });
  await send(server, keys.acme, "GET", `/sessions/${id}/events?after=0&rpc_id=${String(rpcId)}`);
  const names: Readonly<Record<string, string>> = { id, volume: String(volume["id"]), agent: String(agent["id"]), key_id: String(key["id"]), rpc_id: String(rpcId), request_id: "1" };

  const attempts = operations.filter(isOfOne).flatMap((operation) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => names[name] ?? `unknown-${name}`);
    const attempt = { operation, path: `${path}${queries[operation.id] ?? ""}`, body: bodies[operation.id] };
    expect(operation.body === undefined || attempt.body !== undefined, `${operation.id} has a request here`).toBe(true);
    return [attempt];
  });
  const foreign = await Promise.all(attempts.map(async ({ operation, path, body }) => ({ operation, ...(await send(server, keys.other, operation.method, path, body)) })));
  for (const { operation, status, text } of foreign) {
    // Deleting a session answers 204 whatever there is; that it is still there is looked at below.
    expect([operation.id, status], text).toEqual([operation.id, operation.id === "deleteSession" ? 204 : 404]);
    expect(text).not.toContain("private");
  }

  // Ids are not told apart by their case.
  const shouted = ["", "/status", "/log", "/events?after=0&follow=false"].map((rest) => send(server, keys.other, "GET", `/sessions/${id.toUpperCase()}${rest}`));
  expect((await Promise.all(shouted)).map(({ status }) => status)).toEqual([404, 404, 404, 404]);

  // What would be made of the other's parts, and lists.
  const more = [
    await send(server, keys.other, "POST", "/sessions", { agent_id: agent["id"], provision: false }),
    await send(server, keys.other, "POST", "/sessions", { agent_type: "demo", volume_id: volume["id"], provision: false }),
  ];
  expect(more.map(({ status }) => status)).toEqual([404, 404]);
  for (const path of ["/sessions", "/agents", "/volumes", "/keys"]) {
    const { text } = await send(server, keys.other, "GET", path);
    for (const name of [id, names["agent"], names["volume"], names["key_id"]]) expect(text).not.toContain(name);
  }
  for (const path of ["/admin/sessions", "/admin/orphans"]) expect((await send(server, keys.other, "GET", path)).status).toBe(403);
  expect(attempts.length + shouted.length + more.length + 6).toBeGreaterThanOrEqual(50);

  // Everything is as it was.
  expect((await send(server, keys.acme, "GET", `/sessions/${id}`)).status).toBe(200);
  expect((await send(server, keys.acme, "GET", `/sessions/${id}/files/read?path=seen.txt`)).text).toContain("private");
  expect((await send(server, keys.acme, "DELETE", `/sessions/${id}`)).status).toBe(204);
}, 120_000);
