import { Agent, type AgentEvent } from "@agent-sdk/client";
import { scriptedAgentPath } from "@agent-sdk/scripted-agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

describe("the client", () => {
  let workspace: Workspace;
  let server: ServerProcess;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  const options = (): { apiUrl: string; provider: "unix_local"; agent_type: "demo" } => ({ apiUrl: server.url, provider: "unix_local", agent_type: "demo" });

  it("runs, streams, interrupts, and resumes by id", async () => {
    let sessionId: string;
    {
      await using agent = new Agent("worker", options());
      expect((await agent.run("hello")).text).toBe("echo: hello");
      const events: AgentEvent[] = [];
      for await (const event of agent.stream('/quote "stopReason":"end_turn" "error":')) events.push(event);
      expect(events.filter((event) => event.type === "text").map(String).join("")).toContain('"stopReason":"end_turn"');
      expect(events.at(-1)).toMatchObject({ type: "done", stopReason: "end_turn" });
      const ended: AgentEvent[] = [];
      const hanging = await agent.send("/hang");
      const watching = (async () => {
        for await (const event of agent.events({ after: 0 })) {
          if (event.rpcId !== hanging || event.type !== "done") continue;
          ended.push(event);
          break;
        }
      })();
      expect((await agent.run("instead", { interrupt: true })).text).toBe("echo: instead");
      await watching;
      expect(ended).toMatchObject([{ stopReason: "cancelled" }]);
      sessionId = await agent.sessionId();
    }
    await using again = new Agent("again", { apiUrl: server.url, sessionId });
    expect((await again.run("/recall")).text).toContain("hello");
    await fetch(`${server.url}/sessions/${sessionId}`, { method: "DELETE" });
  });

  it("starts an agent of the caller's own", async () => {
    const agent = new Agent("own", { apiUrl: server.url, provider: "unix_local", agent_type: "custom", command: { path: process.execPath, args: [scriptedAgentPath], env: { GREETING: "hi" } } });
    expect((await agent.run("/env GREETING")).text).toContain("hi");
    await fetch(`${server.url}/sessions/${await agent.sessionId()}`, { method: "DELETE" });
  });

  it("comes back by itself when the server is killed under its stream, and yields everything once", async () => {
    const agent = new Agent("survivor", options());
    await agent.run("hello");
    const numbers: number[] = [];
    for await (const event of agent.stream("/emit count=1500 rate=1000")) {
      const number = event.type === "text" ? /^#(\d+)/.exec(String(event))?.[1] : undefined;
      if (number === undefined) continue;
      numbers.push(Number(number));
      if (Number(number) === 500) {
        const { port } = server;
        await server.kill("SIGKILL");
        server = await ServerProcess.start({ home: workspace.home, port });
      }
    }
    expect(numbers).toEqual(Array.from({ length: 1500 }, (_, index) => index + 1));
    await fetch(`${server.url}/sessions/${await agent.sessionId()}`, { method: "DELETE" });
  });
});
