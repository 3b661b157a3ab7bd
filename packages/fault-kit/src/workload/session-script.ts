import type { AgentSdkError, Session } from "@agent-sdk/core";
import type { CreateSession } from "@agent-sdk/pool";
import type { World } from "../world/world.ts";
import { SimClient } from "./sim-client.ts";

const tenant = "tenant";

function request(id: string, provision: boolean): CreateSession {
  return {
    tenant,
    id,
    agent: {
      config: {
        agentType: "custom", name: null, model: null, mode: null, thoughtLevel: null, command: { path: "agent", args: [], env: {} },
        mcpServers: [], skills: null, cliTools: [], extraOptions: {},
      },
    },
    settings: { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null },
    recipe: { provider: "sim" },
    provision,
  };
}

/** Makes a session, sends prompts and everything else at it, and may delete it at last. All choices are the seed's. */
export class SessionScript {
  readonly sessionId: string;
  /** Prompts that were accepted: each of them ends. */
  readonly accepted: string[] = [];
  deleted = false;
  readonly #world: World;
  readonly #client: SimClient;
  readonly #name: string;

  constructor(index: number, world: World) {
    this.#world = world;
    this.#name = `script${index}`;
    this.sessionId = `0000000${index}-0000-4000-8000-000000000000`;
    this.#client = new SimClient(this.#name, world);
  }

  #chance(what: string): number {
    return this.#world.choices.number(`${this.#name}/${what}`);
  }

  async run(): Promise<void> {
    await this.#client.sleep(this.#chance("begin") * 500);
    if (!(await this.#create())) return;
    const prompts = 2 + Math.floor(this.#chance("prompts") * 5);
    for (let index = 0; index < prompts; index += 1) {
      await this.#client.sleep(this.#chance(`wait${index}`) ** 3 * 9000);
      await this.#send(index);
      await this.#disturb(index);
    }
    if (this.#chance("delete") < 0.2) await this.#delete();
  }

  async #create(): Promise<boolean> {
    const made = await this.#client.untilKnown((pool, signal) => pool.create(request(this.sessionId, this.#chance("provision") < 0.5), { signal }));
    if ("value" in made) return true;
    // A repetition meets what the first call made; a creation that failed took its session away again.
    return made.error.code === "conflict" || this.#exists(made.error);
  }

  #exists(error: AgentSdkError): boolean {
    this.#world.sometimes.add(`create refused: ${error.code}`);
    return false;
  }

  async #send(index: number): Promise<void> {
    const rpcId = `${this.#name}-p${index}`;
    const interrupt = this.#chance(`interrupt${index}`) < 0.2;
    const onSandboxLoss = this.#chance(`retry${index}`) < 0.4 ? "retry" : "fail";
    const sent = await this.#client.untilKnown((pool) => pool.message(tenant, this.sessionId, { rpcId, interrupt, onSandboxLoss, content: [{ type: "text", text: rpcId }] }));
    if ("value" in sent) this.accepted.push(rpcId);
    else if (sent.error.code !== "not_found") this.#world.violations.add("28b a message is taken or refused with a reason", `${rpcId}: ${sent.error.code}`);
  }

  /** Cancels, withdraws, releases, resumes, runs a command: whatever comes between two prompts. */
  async #disturb(index: number): Promise<void> {
    const what = this.#chance(`disturb${index}`);
    await this.#client.sleep(this.#chance(`disturb wait${index}`) ** 2 * 1500);
    if (what < 0.15) await this.#client.untilKnown((pool) => pool.cancel(tenant, this.sessionId));
    else if (what < 0.25) await this.#client.untilKnown((pool) => pool.withdraw(tenant, this.sessionId, `${this.#name}-p${index}`));
    else if (what < 0.4) await this.#client.untilKnown((pool, signal) => pool.release(tenant, this.sessionId, { signal }));
    else if (what < 0.48) await this.#client.untilKnown((pool, signal) => pool.resume(tenant, this.sessionId, {}, { signal }));
    else if (what < 0.6) await this.#client.untilKnown((pool, signal) => pool.exec(tenant, this.sessionId, { command: "true", timeoutMs: 1000 }, { signal }));
  }

  async #delete(): Promise<void> {
    const deleted = await this.#client.untilKnown((pool, signal) => pool.delete(tenant, this.sessionId, { signal }));
    this.deleted = true;
    if ("error" in deleted) this.#world.violations.add("a session can be deleted", `${this.sessionId}: ${deleted.error.message}`);
  }

  /** With faults off: a prompt more, which has to end as it should. @returns the state that it ended in. */
  async probe(): Promise<Session | null> {
    const rpcId = `${this.#name}-probe`;
    const sent = await this.#client.untilKnown((pool) => pool.message(tenant, this.sessionId, { rpcId, content: [{ type: "text", text: rpcId }] }));
    if ("error" in sent) return null;
    this.accepted.push(rpcId);
    for (;;) {
      const prompt = await this.#world.database.prompts.get(this.sessionId, rpcId);
      if (prompt && ["done", "failed", "cancelled"].includes(prompt.state)) {
        this.#world.violations.check(prompt.state === "done", "every session is usable when the faults are over", () => `${rpcId}: ${prompt.state} ${JSON.stringify(prompt.error)}`);
        return this.#world.database.sessions.get(this.sessionId);
      }
      await this.#client.sleep(100);
    }
  }
}
