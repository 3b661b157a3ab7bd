import { expect, it } from "vitest";
import { Api, Follower, eventually, range } from "./support/api.ts";
import { testDatabase } from "./support/databases.ts";
import { choose, generator } from "./support/generator.ts";
import { sandboxesOf } from "./support/processes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const kills = Number(process.env["AGENT_SDK_TEST_KILLS"] ?? 200);
const seed = Number(process.env["AGENT_SDK_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const sessions = 4;
const terminalStates: readonly string[] = ["cancelled", "done", "failed"];

interface PromptRow {
  readonly rpc_id: string;
  readonly status?: string;
  readonly state?: string;
}

it(`brings every accepted prompt to exactly one terminal state over ${kills} kills of agents, supervisors and servers, seed ${seed}`, async () => {
  console.log(`AGENT_SDK_TEST_SEED=${seed}`);
  const random = generator(seed);
  await using workspace = await Workspace.create();
  await using database = await testDatabase("postgres");
  const options = { home: workspace.home, databaseUrl: database.url };
  let server = await ServerProcess.start(options);
  const { port } = server;
  const api = new Api(server.url);
  const ids = await Promise.all(Array.from({ length: sessions }, () => api.session({ provision: false })));
  const followers = ids.map((id) => new Follower(api, id));
  const accepted = ids.map((): string[] => []);
  const counts = { agent: 0, supervisor: 0, server: 0 };

  let stopping = false;
  const sending = ids.map(async (id, index) => {
    const own = generator(seed + index + 1);
    while (!stopping) {
      const waiting = (accepted[index]?.length ?? 0) - (followers[index]?.frames.filter((frame) => frame.message.method === undefined).length ?? 0);
      if (waiting < 3) {
        const message = choose(own, [["hello", 3], ["/emit count=60 rate=200", 4], ["/hang", 1], ["/tool", 1]]);
        const interrupt = own() < 0.3;
        const onLoss = own() < 0.5 ? "retry" : "fail";
        // What was not answered with 200 promises nothing.
        const rpcId = await api.send(id, message, { interrupt, on_sandbox_loss: onLoss }).catch(() => null);
        if (rpcId) accepted[index]?.push(rpcId);
      }
      await new Promise((resolve) => setTimeout(resolve, 20 + own() * 80));
    }
  });

  for (let kill = 0; kill < kills; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 250));
    const victim = choose(random, [["agent", 5], ["supervisor", 4], ["server", 2]] as const);
    counts[victim] += 1;
    if (victim === "server") {
      await server.kill("SIGKILL");
      server = await ServerProcess.start({ ...options, port });
      continue;
    }
    const pid = await eventually(async () => {
      const running = await sandboxesOf(workspace.home);
      const sandbox = running[Math.floor(random() * running.length)];
      return victim === "supervisor" ? sandbox?.supervisor : sandbox?.agents[0];
    });
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in between: as good.
    }
  }
  stopping = true;
  await Promise.all(sending);

  for (const [index, id] of ids.entries()) {
    // A hanging prompt without a successor ends only when it is asked to.
    const rows = await eventually(async () => {
      await api.call("POST", `/sessions/${id}/cancel`, {});
      const { prompts } = (await api.call("GET", `/sessions/${id}/prompts?limit=1000`)) as unknown as { readonly prompts: readonly PromptRow[] };
      return prompts.every((row) => terminalStates.includes(row.status ?? row.state ?? "")) ? prompts : null;
    }, 100);
    const known = new Set(rows.map((row) => row.rpc_id));
    expect(accepted[index]?.filter((rpcId) => !known.has(rpcId))).toEqual([]);

    const stored = await api.stored(id);
    expect(stored.map((frame) => frame.id)).toEqual(range(1, stored.length));
    const terminals = stored.filter((frame) => frame.message.method === undefined).map((frame) => frame.message.id);
    expect(terminals).toHaveLength(known.size);
    expect(new Set(terminals)).toEqual(known);
    await followers[index]?.until((frame) => frame.id === stored.length);
    await followers[index]?.stop();
    expect(followers[index]?.seqs.slice(0, stored.length)).toEqual(range(1, stored.length));

    const last = await api.send(id, "still there");
    await eventually(async () => (await api.stored(id)).some((frame) => frame.message.id === last && frame.message.result?.stopReason === "end_turn"), 100);
    await api.call("DELETE", `/sessions/${id}`);
  }
  console.log(`killed ${counts.agent} agents, ${counts.supervisor} supervisors, ${counts.server} servers; ${accepted.flat().length} prompts accepted, all ended`);
  expect(counts.agent + counts.supervisor + counts.server).toBe(kills);
  await server.kill("SIGTERM");
}, 600_000);
