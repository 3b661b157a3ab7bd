import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ScriptedModel, startScriptedModel } from "@agent-sdk/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, Follower, eventually, range, said } from "./api.ts";
import { sandboxesOf } from "./processes.ts";
import { ServerProcess } from "./server-process.ts";
import { Workspace, runtimeDirectory } from "./workspace.ts";

export interface RealAgent {
  readonly id: string;
  /** A file of its runtime, below `runtimes/<id>`. */
  readonly entry: string;
  /** Where the scripted model is, and a key: the server's environment. */
  serverEnv(modelUrl: string): Readonly<Record<string, string>>;
  readonly session?: Readonly<Record<string, unknown>>;
  /** It asks before it writes, and the session's policy answers. Codex in full access does not. */
  readonly asks: boolean;
}

export type Isolation = "namespace" | "process";

/** What {@link RealAgent.serverEnv} gives as the key: must never be seen. */
export const serverKey = "key-of-the-server";

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const searchPath = (process.env["PATH"] ?? "").split(":");

/** The strongest isolation that this machine has the program for. */
export const bestIsolation: Isolation = (await Promise.all(searchPath.map((folder) => exists(join(folder, "bwrap"))))).includes(true) ? "namespace" : "process";

async function whyNot(agent: RealAgent, isolation: Isolation): Promise<string | null> {
  if (!(await exists(join(runtimeDirectory, agent.id, agent.entry)))) return "its runtime is not installed";
  return isolation === "namespace" && bestIsolation !== "namespace" ? "bubblewrap is not installed" : null;
}

/** One conversation of one session, whose parts are the tests: each goes on where the one before ended. */
class Conversation {
  readonly workspace: Workspace;
  readonly model: ScriptedModel;
  readonly server: ServerProcess;
  readonly api: Api;
  readonly id: string;
  readonly follower: Follower;
  readonly prompts: string[] = [];

  private constructor(parts: Pick<Conversation, "workspace" | "model" | "server" | "api" | "id" | "follower">) {
    ({ workspace: this.workspace, model: this.model, server: this.server, api: this.api, id: this.id, follower: this.follower } = parts);
  }

  static async begin(agent: RealAgent, isolation: Isolation): Promise<Conversation> {
    const workspace = await Workspace.create();
    const model = await startScriptedModel();
    const server = await ServerProcess.start({ home: workspace.home, env: { AGENT_SDK_ISOLATION: isolation, ...agent.serverEnv(model.url) } });
    const api = new Api(server.url);
    const id = await api.session({ agent_type: agent.id, ...agent.session });
    return new Conversation({ workspace, model, server, api, id, follower: new Follower(api, id) });
  }

  async send(script: string): Promise<string> {
    const rpcId = await this.api.send(this.id, script);
    this.prompts.push(rpcId);
    return rpcId;
  }

  /** Sends and waits for the end of the turn. */
  async prompt(script: string): Promise<string> {
    const rpcId = await this.send(script);
    expect((await this.follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    return rpcId;
  }

  /** Ends the sandbox as a crash would. */
  async killSandbox(): Promise<void> {
    const { sandbox_ref: ref } = await this.api.call("GET", `/sessions/${this.id}`);
    process.kill(await eventually(async () => (await sandboxesOf(this.workspace.home)).find((sandbox) => sandbox.ref === ref)?.supervisor), "SIGKILL");
  }

  async end(): Promise<void> {
    await this.follower.stop();
    await this.api.call("DELETE", `/sessions/${this.id}`);
    await this.server.kill("SIGTERM");
    await this.model[Symbol.asyncDispose]();
    await this.workspace[Symbol.asyncDispose]();
  }
}

/** What is asked of every agent, with the real program on the real server. The titles are the columns of the table that `scripts/test` prints. */
export async function describeRealAgent(agent: RealAgent, isolation: Isolation): Promise<void> {
  const reason = await whyNot(agent, isolation);
  const skipped = reason === null ? "" : ` [skipped: ${reason}]`;

  describe.skipIf(reason !== null)(`real agent: ${agent.id}, isolation ${isolation}`, { timeout: 180_000 }, () => {
    let talk: Conversation;

    beforeAll(async () => {
      talk = await Conversation.begin(agent, isolation);
    }, 120_000);
    afterAll(async () => talk?.end(), 60_000);

    it(`text${skipped}`, async () => {
      const rpcId = await talk.prompt("say the first words");
      expect(said(talk.follower.frames, rpcId)).toBe("the first words");
    });

    it(`tool${skipped}`, async () => {
      const rpcId = await talk.prompt(`write file=hello.txt text=written-by-${agent.id}`);
      const { root } = await talk.api.call("GET", `/sessions/${talk.id}/sandbox`);
      expect((await readFile(join(String(root), "hello.txt"), "utf8")).trim()).toBe(`written-by-${agent.id}`);
      const answered = talk.follower.frames.filter((frame) => frame.event === `rpc:${rpcId}` && frame.message.method === "_agent_sdk/permission_resolved");
      expect(answered.map((frame) => frame.message.params?.["policy"])).toEqual(agent.asks ? ["allow"] : []);
    });

    it(`cancel${skipped}`, async () => {
      const rpcId = await talk.send("stream count=500 ms=50");
      await talk.follower.until((frame) => frame.event === `rpc:${rpcId}` && said([frame], rpcId) !== "");
      await talk.api.call("POST", `/sessions/${talk.id}/cancel`, {});
      expect((await talk.follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "cancelled" } });
    });

    it(`resume${skipped}`, async () => {
      await talk.killSandbox();
      const rpcId = await talk.prompt("recall");
      expect(said(talk.follower.frames, rpcId)).toBe("say the first words");
      const restored = talk.follower.frames.filter((frame) => frame.message.method === "_agent_sdk/restored").map((frame) => frame.message.params?.["how"]);
      expect(restored.length).toBeGreaterThan(0);
      for (const how of restored) expect(["resume", "load"]).toContain(how);
    });

    it(`the stream and the log have all of it once${skipped}`, async () => {
      await eventually(() => Promise.resolve(talk.follower.frames.length > 0));
      expect(talk.follower.seqs).toEqual(range(1, talk.follower.seqs.length));
      const log = (await talk.api.call("GET", `/sessions/${talk.id}/log`)) as unknown as readonly { readonly event_type: string; readonly payload: Record<string, unknown> }[];
      expect(log.filter((entry) => entry.event_type === "turn_end").map((entry) => entry.payload["prompt_id"])).toEqual(talk.prompts);
      expect(talk.server.output.join("\n")).not.toContain(serverKey);
      expect(JSON.stringify(talk.follower.frames)).not.toContain(serverKey);
    });
  });
}
