import type { ProviderCapabilities, Sandbox, SandboxProvider, SandboxSpec } from "../sandbox-provider.ts";
import type { SandboxRecipe } from "../sandbox-state.ts";
import type { ExecResult, SupervisorClient, SupervisorTransport } from "../supervisor.ts";

/** One backend for one test, with nothing in it. Disposing it removes everything of it. */
export interface SandboxProviderFixture extends AsyncDisposable {
  readonly provider: SandboxProvider;
  readonly transport: SupervisorTransport;
  /** A name that no volume of the backend has. */
  readonly volumeName: string;
  /** The smallest recipe that the provider accepts. */
  readonly recipe: SandboxRecipe;
  /** Another provider on the same backend, as a restarted server makes one. */
  reopen(): Promise<SandboxProvider>;
  /** Whatever of sandboxes still exists in the backend, in words: looked for in the backend itself, not by the provider. */
  leftovers(): Promise<readonly string[]>;
}

/** What a provider gives to be tested. Tests are skipped by `capabilities` only. */
export interface SandboxProviderContract {
  create(): Promise<SandboxProviderFixture>;
  readonly capabilities: ProviderCapabilities;
  /** Why nothing of this can be run here: what is missing. The whole suite is then reported as skipped. */
  readonly missing?: string | undefined;
  /** Milliseconds that one test may take. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

/** A fixture with the calls that most tests make. */
export interface Bench extends AsyncDisposable, Omit<SandboxProviderFixture, keyof AsyncDisposable> {
  readonly origin: string;
  spec(changes?: Partial<SandboxSpec> & { readonly subpath?: string }): Promise<SandboxSpec>;
  create(changes?: Partial<SandboxSpec> & { readonly subpath?: string }, options?: { readonly signal?: AbortSignal }): Promise<Sandbox>;
  connect(sandbox: Sandbox): SupervisorClient;
  /** Runs a command inside. @throws when it does not end with 0. */
  run(sandbox: Sandbox, command: string): Promise<string>;
  /** Runs a command inside, whatever comes of it. */
  attempt(sandbox: Sandbox, command: string): Promise<ExecResult>;
  /** The ids of the sandboxes that bear the bench's origin. */
  listed(): Promise<readonly string[]>;
}

export const benchToken = "contract-supervisor-token";

/** Opens a fixture. Disposing the bench fails when the test left a sandbox. */
export async function openBench(contract: SandboxProviderContract): Promise<Bench> {
  const fixture = await contract.create();
  const origin = `contract-${crypto.randomUUID()}`;
  const created: string[] = [];
  let volume: Promise<{ readonly ref: string }> | undefined;

  const bench: Bench = {
    provider: fixture.provider,
    transport: fixture.transport,
    volumeName: fixture.volumeName,
    recipe: fixture.recipe,
    reopen: () => fixture.reopen(),
    leftovers: () => fixture.leftovers(),
    origin,
    async spec({ subpath = "agents/first/home", ...changes } = {}) {
      volume ??= fixture.provider.volumes.create(fixture.volumeName);
      const labels = { origin, sandboxId: crypto.randomUUID(), sessionId: crypto.randomUUID() };
      return { labels, recipe: fixture.recipe, home: { volumeRef: (await volume).ref, subpath }, cwd: null, env: {}, supervisorToken: benchToken, ...changes };
    },
    async create(changes, options) {
      const sandbox = await fixture.provider.create(await bench.spec(changes), options);
      created.push(sandbox.ref);
      return sandbox;
    },
    connect: (sandbox) => fixture.transport.connect(sandbox.endpoint),
    async attempt(sandbox, command) {
      await using client = bench.connect(sandbox);
      return await client.exec({ command, timeoutMs: 20_000 });
    },
    async run(sandbox, command) {
      const result = await bench.attempt(sandbox, command);
      if (result.exitCode === 0) return result.stdout.trim();
      throw new Error(`${command} ended with ${String(result.exitCode ?? result.signal)}: ${result.stderr}`);
    },
    async listed() {
      const ids: string[] = [];
      for await (const { labels } of fixture.provider.list({ origin })) ids.push(labels.sandboxId);
      return ids.toSorted();
    },
    async [Symbol.asyncDispose]() {
      await using _fixture = fixture;
      for (const ref of created) await fixture.provider.destroy(ref);
      const left = await fixture.leftovers();
      if (left.length > 0) throw new Error(`The test left behind: ${left.join(", ")}`);
    },
  };
  return bench;
}
