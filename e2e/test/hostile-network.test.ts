import { Agent, ApiClient, Session, type AgentEvent } from "@agent-sdk/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, counted, range, type Frame } from "./support/api.ts";
import { generator } from "./support/generator.ts";
import { HostileProxy, type Fault } from "./support/hostile-proxy.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

/** Patience for a network in which a connection may say nothing for ever. */
const options = { streamIdleMs: 700, callTimeoutMs: 2000, retry: { firstDelayMs: 5, maxDelayMs: 100, giveUpAfterMs: 60_000, streamGiveUpAfterMs: 60_000 } } as const;
const fields = { agent_type: "demo", provider: "unix_local" } as const;
const everyFault: readonly Fault[] = ["end", "refuse", "reset", "stall"];

function numbers(events: readonly AgentEvent[]): readonly number[] {
  return events.flatMap((event) => (event.type === "text" ? Number(/^#(\d+)/.exec(event.text)?.[1]) : []));
}

/** What the client gave is what is stored: every event, once, in order, unchanged. */
function expectStored(events: readonly AgentEvent[], stored: readonly Frame[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(stored.map(({ id }) => id));
  expect(events.map(({ raw }) => raw)).toEqual(stored.map(({ message }) => message));
}

describe("over a network that breaks, ends, delays and forgets connections", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  let api: Api;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home, env: { AGENT_SDK_STREAM_STALL_S: "1" } });
    api = new Api(server.url);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  const network = (seed: number, given: { readonly faults?: readonly Fault[]; readonly count?: number; readonly maxBytes?: number; readonly pieceBytes?: number } = {}): Promise<HostileProxy> =>
    HostileProxy.start({ target: () => server.port, random: generator(seed), faults: everyFault, count: 20, maxBytes: 15_000, ...given });

  const storedOf = async (id: string, rpcId: string | null): Promise<readonly Frame[]> => (await api.stored(id)).filter(({ event }) => event === `rpc:${rpcId}`);

  it.each([1, 2, 3])("a stream has each event exactly once (seed %i)", async (seed) => {
    await using proxy = await network(seed, { pieceBytes: 40 });
    const agent = new Agent("streamed", { apiUrl: proxy.url, ...options, ...fields });
    const events = await Array.fromAsync(agent.stream("/emit count=800 rate=800 size=100"));
    expect(proxy.done.length).toBeGreaterThan(5);
    expect(numbers(events)).toEqual(range(1, 800));
    const id = await agent.sessionId();
    expectStored(events, await storedOf(id, events[0]?.rpcId ?? null));
    await api.call("DELETE", `/sessions/${id}`);
  });

  it("every message is sent once, and every session made once", async () => {
    await using proxy = await network(4, { count: 60, maxBytes: 1500, faults: ["end", "refuse", "reset", "reset"] });
    const agent = new Agent("talker", { apiUrl: proxy.url, ...options, ...fields });
    const answers: string[] = [];
    for (let turn = 1; turn <= 15; turn += 1) answers.push((await agent.run(`turn ${turn}`)).text);
    expect(proxy.done.length).toBeGreaterThan(10);
    expect(answers).toEqual(range(1, 15).map((turn) => `echo: turn ${turn}`));
    const id = await agent.sessionId();
    const { prompts } = (await api.call("GET", `/sessions/${id}/prompts`)) as { readonly prompts: readonly { readonly message: readonly { readonly text: string }[] }[] };
    expect(prompts.map(({ message }) => message[0]?.text)).toEqual(range(1, 15).map((turn) => `turn ${turn}`));
    expect(await new ApiClient({ apiUrl: server.url }).listSessions()).toMatchObject({ items: [{ session_id: id }] });
    await api.call("DELETE", `/sessions/${id}`);
  });

  it("five sessions at once have their own events, and a reader of all of one has them all", async () => {
    await using proxy = await network(5, { count: 60 });
    const agents = range(1, 5).map((index) => new Agent(`agent ${index}`, { apiUrl: proxy.url, ...options, ...fields }));
    const ids = await Promise.all(agents.map((agent) => agent.sessionId()));
    const [first = ""] = ids;
    const all: AgentEvent[] = [];
    const reading = (async () => {
      for await (const event of new Session(first, new ApiClient({ apiUrl: proxy.url, ...options })).events({ after: 0 })) {
        all.push(event);
        if (event.type === "done") break;
      }
    })();
    const streams = await Promise.all(agents.map((agent, index) => Array.fromAsync(agent.stream(`/emit count=${300 + index} rate=400 size=80`))));
    await reading;
    for (const [index, events] of streams.entries()) {
      expect(numbers(events)).toEqual(range(1, 300 + index));
      expectStored(events, await storedOf(ids[index] ?? "", events[0]?.rpcId ?? null));
    }
    expectStored(all, (await api.stored(first)).slice(0, all.length));
    for (const id of ids) await api.call("DELETE", `/sessions/${id}`);
  });

  it("a reader that is slower than the server waits for goes on where it was cut off", async () => {
    const agent = new Agent("slow", { apiUrl: server.url, ...options, streamIdleMs: 30_000, ...fields });
    await agent.run("hello");
    const events: AgentEvent[] = [];
    for await (const event of agent.stream("/emit count=30000 size=1000 rate=30000")) {
      if (events.push(event) % 8000 === 0) await new Promise((resolve) => setTimeout(resolve, 4000));
    }
    expect(server.output.some((line) => line.startsWith("{") && (JSON.parse(line) as { readonly reason?: string }).reason === "slow_reader")).toBe(true);
    expect(numbers(events)).toEqual(range(1, 30_000));
    const id = await agent.sessionId();
    expect(events.map(({ seq }) => seq)).toEqual((await storedOf(id, events[0]?.rpcId ?? null)).map((frame) => frame.id));
    await api.call("DELETE", `/sessions/${id}`);
  }, 120_000);

  it("and in front of a server that is killed, restarted and drained meanwhile", async () => {
    await using proxy = await network(6, { count: 40, pieceBytes: 200 });
    const agent = new Agent("survivor", { apiUrl: proxy.url, ...options, ...fields });
    const events: AgentEvent[] = [];
    const ends: readonly (readonly [number, NodeJS.Signals])[] = [[200, "SIGKILL"], [500, "SIGTERM"], [800, "SIGKILL"]];
    for await (const event of agent.stream("/emit count=1200 rate=400 size=60")) {
      events.push(event);
      const signal = ends.find(([at]) => at === numbers([event])[0])?.[1];
      if (signal === undefined) continue;
      const { port } = server;
      await server.kill(signal);
      server = await ServerProcess.start({ home: workspace.home, port });
    }
    const id = await agent.sessionId();
    expect(numbers(events)).toEqual(range(1, 1200));
    const stored = await storedOf(id, events[0]?.rpcId ?? null);
    expectStored(events, stored);
    expect(counted(stored, events[0]?.rpcId ?? "")).toEqual(range(1, 1200));
    await api.call("DELETE", `/sessions/${id}`);
  }, 180_000);
});
