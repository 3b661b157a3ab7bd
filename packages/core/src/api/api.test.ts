import { describe, expect, it } from "vitest";
import { AgentSdkError } from "../errors.ts";
import { climbsOut } from "./files.ts";
import { answerForThrown, errorAnswer, httpStatusOf, parseCreateSession, parseEditFile, parseEventsQuery, parseExec, parseMessage, parseResume, parseTreeQuery } from "./index.ts";
import { nearestWord } from "./nearest.ts";

function thrownBy(run: () => unknown): AgentSdkError {
  try {
    run();
  } catch (error) {
    if (error instanceof AgentSdkError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("POST /sessions", () => {
  it("takes fields at both levels, the top level first", () => {
    const request = parseCreateSession({ agent_type: "demo", model: "top", config: { model: "below", cwd: "work" } });
    expect(request.agent).toMatchObject({ config: { agentType: "demo", model: "top" } });
    expect(request.settings.cwd).toBe("work");
  });

  it("has the defaults of the document", () => {
    const request = parseCreateSession({});
    expect(request).toMatchObject({ id: undefined, provision: true, volume: undefined, recipe: { provider: "unix_local" }, agent: { config: { agentType: "claude" } } });
  });

  it("names an unknown field and the nearest known one", () => {
    const error = thrownBy(() => parseCreateSession({ agent_tpye: "claude" }));
    expect(error.message).toBe('Unknown field "agent_tpye". The nearest known field is "agent_type".');
    expect(error.details).toEqual({ field: "agent_tpye", nearest: "agent_type" });
    expect(thrownBy(() => parseCreateSession({ config: { modle: "x" } })).details).toMatchObject({ nearest: "model" });
    expect(thrownBy(() => parseCreateSession({ resources: { memory: 1 } })).details).toEqual({ field: "resources.memory", nearest: "memory_mib" });
  });

  it("sends credentials to secrets, and validates the names of variables", () => {
    expect(thrownBy(() => parseCreateSession({ env: { ANTHROPIC_API_KEY: "planted-secret" } })).message).toBe('Field "env.ANTHROPIC_API_KEY": is a credential: put it into "secrets", which are never shown.');
    expect(parseCreateSession({ secrets: { ANTHROPIC_API_KEY: "x" } }).settings.secrets).toEqual({ ANTHROPIC_API_KEY: "x" });
    for (const name of ["A=B", "1A", "A-B", "A;rm", "", "Ä"]) expect(thrownBy(() => parseCreateSession({ env: { [name]: "x" } })).code).toBe("bad_request");
  });

  it("takes permissions as a policy or as rules, and how long a question may wait", () => {
    const permissions = [{ tool_kind: "edit", path: "src/**", action: "allow" }, { command: "rm *", action: "deny" }, { path: null, action: "ask" }];
    expect(parseCreateSession({ permissions, permission_timeout_s: 1.5 })).toMatchObject({
      settings: { permissions: [{ toolKind: "edit", path: "src/**", action: "allow" }, { command: "rm *", action: "deny" }, { action: "ask" }] },
      limits: { permissionTimeoutMs: 1500 },
    });
    expect(parseCreateSession({ permissions: "ask" })).toMatchObject({ settings: { permissions: "ask" }, limits: { permissionTimeoutMs: null } });
  });

  it.each([
    [[{ toolkind: "edit", action: "allow" }], { field: "permissions[0].toolkind", nearest: "tool_kind" }],
    [[{ action: "allow" }, { tool_kind: "edits", action: "allow" }], { field: "permissions[1].tool_kind" }],
    [[{ path: "../a", action: "allow" }], { field: "permissions[0].path" }],
    [[{ path: "~/a", action: "allow" }], { field: "permissions[0].path" }],
    [[{ path: "a" }], { field: "permissions[0].action" }],
    ["always", { field: "permissions" }],
  ])("refuses the permissions %j and says where", (permissions, details) => {
    expect(thrownBy(() => parseCreateSession({ permissions }))).toMatchObject({ code: "bad_request", details });
  });

  it.each(["budget", "skills", "cli_tools", "extra_options"])("refuses %s as not supported yet, by name", (field) => {
    const values: Record<string, unknown> = { budget: { cost_usd: 1 }, skills: ["a"], cli_tools: ["gh"], extra_options: { a: 1 } };
    const error = thrownBy(() => parseCreateSession({ [field]: values[field] }));
    expect(error).toMatchObject({ code: "not_supported", details: { field } });
  });

  it("brings MCP servers into ACP's form", () => {
    const { agent } = parseCreateSession({ mcp_servers: { files: { command: "mcp", args: ["-v"], env: { A: "1" } }, web: { type: "http", url: "https://mcp.test/", headers: { "x-a": "b" } } } });
    expect(agent).toMatchObject({
      config: {
        mcpServers: [
          { name: "files", command: "mcp", args: ["-v"], env: [{ name: "A", value: "1" }] },
          { type: "http", name: "web", url: "https://mcp.test/", headers: [{ name: "x-a", value: "b" }] },
        ],
      },
    });
  });

  it("lower-cases a workspace's name", () => {
    expect(parseCreateSession({ workspace: "Team.A" }).settings.workspace).toBe("team.a");
    expect(thrownBy(() => parseCreateSession({ workspace: "../x" })).code).toBe("bad_request");
  });

  it("wants a command for custom, and only there", () => {
    expect(thrownBy(() => parseCreateSession({ agent_type: "custom" })).code).toBe("bad_request");
    expect(thrownBy(() => parseCreateSession({ agent_type: "claude", command: { path: "x" } })).code).toBe("bad_request");
    expect(parseCreateSession({ agent_type: "custom", command: { path: "x" } }).agent).toMatchObject({ config: { command: { path: "x", args: [], env: {} } } });
  });

  it("does not mix an agent's id with settings of an agent", () => {
    const id = "5f0c2f5e-7a5e-4a5b-9a51-0d7d1c9f6f11";
    expect(parseCreateSession({ agent_id: id }).agent).toEqual({ id });
    expect(thrownBy(() => parseCreateSession({ agent_id: id, model: "x" })).details).toEqual({ field: "model" });
  });

  it("takes the id from the header or the body", () => {
    const id = "5F0C2F5E-7A5E-4A5B-9A51-0D7D1C9F6F11";
    expect(parseCreateSession({}, { sessionIdHeader: id }).id).toBe(id.toLowerCase());
    expect(parseCreateSession({ id }).id).toBe(id.toLowerCase());
    expect(thrownBy(() => parseCreateSession({}, { sessionIdHeader: "no" })).code).toBe("bad_request");
  });

  it.each([[null], [1], ["text"], [[]], [true]])("refuses %j as a body", (body) => {
    expect(thrownBy(() => parseCreateSession(body)).message).toBe("The body must be a JSON object.");
  });

  it("refuses what is nested too deep, and strings that no database takes", () => {
    let deep: unknown = "x";
    for (let index = 0; index < 100_000; index += 1) deep = [deep];
    expect(thrownBy(() => parseCreateSession({ skills: deep })).message).toContain("levels deep");
    expect(thrownBy(() => parseCreateSession({ name: "a\ud800" })).code).toBe("bad_request");
    expect(thrownBy(() => parseCreateSession({ env: { A: "a\0b" } })).code).toBe("bad_request");
  });
});

describe("other requests", () => {
  it("takes text and content blocks as a message", () => {
    expect(parseMessage({ message: "hello" })).toMatchObject({ content: [{ type: "text", text: "hello" }], interrupt: false, rpcId: undefined });
    const block = { type: "text", text: "a", annotations: { audience: ["user"] } };
    expect(parseMessage({ message: [block], rpc_id: "r-1" })).toMatchObject({ content: [block], rpcId: "r-1" });
    for (const message of ["", [], [{ type: "poem" }], [{ type: "text" }], 5, null, {}]) expect(thrownBy(() => parseMessage({ message })).code).toBe("bad_request");
    expect(thrownBy(() => parseMessage({ message: "x", rpc_id: "a\nb" })).details).toEqual({ field: "rpc_id" });
    expect(thrownBy(() => parseMessage({ message: [{ type: "text", text: "x\0" }] })).code).toBe("bad_request");
  });

  it("lets the header win over the query for a stream's position", () => {
    expect(parseEventsQuery({ after: "3" }, "7")).toEqual({ after: 7, rpcId: undefined, follow: true });
    expect(parseEventsQuery({ after: "0", follow: "false" }, undefined)).toEqual({ after: 0, rpcId: undefined, follow: false });
    expect(thrownBy(() => parseEventsQuery({ after: "-1" }, undefined)).code).toBe("bad_request");
    expect(thrownBy(() => parseEventsQuery({}, "1e3")).code).toBe("bad_request");
  });

  it("bounds the time of a command", () => {
    expect(parseExec({ command: "true" }).timeoutMs).toBe(30_000);
    expect(thrownBy(() => parseExec({ command: "true", timeout: 301 })).code).toBe("bad_request");
  });

  it("keeps, clears and replaces by absence, emptiness and presence", () => {
    expect(parseResume({})).toEqual({ env: undefined, secrets: undefined });
    expect(parseResume({ env: {} })).toEqual({ env: {}, secrets: undefined });
    expect(thrownBy(() => parseResume({ env: { GITHUB_TOKEN: "x" } })).code).toBe("bad_request");
  });

  it("wants one way to edit", () => {
    expect(parseEditFile({ path: "a", content: "" })).toEqual({ path: "a", content: "" });
    expect(parseEditFile({ path: "a", old_string: "x", new_string: "" })).toMatchObject({ oldString: "x", newString: "" });
    expect(thrownBy(() => parseEditFile({ path: "a" })).code).toBe("bad_request");
    expect(thrownBy(() => parseEditFile({ path: "a", content: "b", old_string: "c", new_string: "d" })).code).toBe("bad_request");
  });

  it("refuses paths that climb out, before anything else looks at them", () => {
    for (const path of ["..", "../x", "a/../../x", "/root/../etc", "./../x", "a\\..\\..\\x"]) expect(climbsOut(path)).toBe(true);
    for (const path of ["a/../b", ".", "a..b", "/abs/file", "..a"]) expect(climbsOut(path)).toBe(false);
    expect(thrownBy(() => parseTreeQuery({ path: "../x" })).code).toBe("forbidden");
    expect(parseTreeQuery({})).toEqual({ path: ".", stat: false });
  });
});

describe("errors", () => {
  it("gives every code a status that is an error, and never 422", () => {
    for (const status of Object.values(httpStatusOf)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).not.toBe(422);
    }
  });

  it("does not let details replace the fixed fields", () => {
    const error = new AgentSdkError("cursor_expired", "Too old.", { details: { first_seq: 7, error: "x", code: "y", request_id: "z" } });
    expect(errorAnswer(error, "r1")).toEqual({ status: 410, body: { error: "Too old.", code: "cursor_expired", request_id: "r1", first_seq: 7 } });
  });

  it("writes details in the wire's names", () => {
    expect(errorAnswer(new AgentSdkError("too_large", "Too large.", { details: { maxBytes: 5 } }), "r").body).toMatchObject({ max_bytes: 5 });
  });

  it("tells nothing of what was not foreseen", () => {
    expect(JSON.stringify(answerForThrown(new Error("password=planted /root/secret"), "r2"))).not.toMatch(/planted|root/);
  });

  it("finds the nearest word", () => {
    expect(nearestWord("mesage", ["model", "message", "interrupt"])).toBe("message");
    expect(nearestWord("x", [])).toBeNull();
  });
});
