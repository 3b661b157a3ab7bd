import { startTestPostgres, type TestPostgres } from "@agent-sdk/test-postgres";
import type { Scratch } from "../processes/scratch.ts";
import { startBareStdio } from "./bare-stdio.ts";
import { startSandboxAgent } from "./sandbox-agent.ts";
import { type ServerSystem, startServer } from "./server.ts";
import { startSupervisor } from "./supervisor.ts";
import { type Surroundings, type System, type SystemName, systemNames } from "./system.ts";

export const isServerName = (name: SystemName): name is "server-pglite" | "server-postgres" => name === "server-pglite" || name === "server-postgres";

/** Starts systems: one of each that stays up for the whole run, and further ones that a measurement wants for itself. */
export class Systems implements AsyncDisposable {
  readonly names: readonly SystemName[];
  readonly #scratch: Scratch;
  readonly #profileFlags: readonly string[];
  readonly #stack = new AsyncDisposableStack();
  readonly #running = new Map<SystemName, Promise<System>>();
  #postgres: Promise<TestPostgres> | undefined;
  #started = 0;

  constructor(scratch: Scratch, names: ReadonlySet<SystemName>, profileDirectory: string | undefined) {
    this.#scratch = scratch;
    this.names = systemNames.filter((name) => names.has(name));
    this.#profileFlags = profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`, "--cpu-prof-interval=200"];
  }

  /** The system of this name that stays up. */
  get(name: SystemName): Promise<System> {
    const running = this.#running.get(name) ?? this.#keep(this.#start(name, this.#profileFlags));
    this.#running.set(name, running);
    return running;
  }

  async server(name: "server-pglite" | "server-postgres"): Promise<ServerSystem> {
    return (await this.get(name)) as ServerSystem;
  }

  /** Another one, to be disposed by the caller. */
  fresh(name: SystemName): Promise<System> {
    return this.#start(name, []);
  }

  async freshServer(name: "server-pglite" | "server-postgres", isolation: "namespace" | "process"): Promise<ServerSystem> {
    return startServer({ ...(await this.#surroundings(name, [])), name, isolation, databaseUrl: await this.#databaseUrl(name) });
  }

  async #keep(starting: Promise<System>): Promise<System> {
    return this.#stack.use(await starting);
  }

  async #start(name: SystemName, profileFlags: readonly string[]): Promise<System> {
    const surroundings = await this.#surroundings(name, profileFlags);
    if (name === "bare-stdio") return startBareStdio(surroundings);
    if (name === "supervisor") return startSupervisor(surroundings);
    if (name === "sandbox-agent") return startSandboxAgent(surroundings);
    return startServer({ ...surroundings, name, isolation: "process", databaseUrl: await this.#databaseUrl(name) });
  }

  async #surroundings(name: SystemName, profileFlags: readonly string[]): Promise<Surroundings> {
    this.#started += 1;
    return { directory: await this.#scratch.directory(`${this.#started}-${name}`), profileFlags };
  }

  async #databaseUrl(name: SystemName): Promise<string | undefined> {
    if (name !== "server-postgres") return undefined;
    this.#postgres ??= startTestPostgres().then((postgres) => this.#stack.use(postgres));
    return (await this.#postgres).createDatabase();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
