import { chown, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentSdkError, assertResourceName, subpathSegments, type FileOperations, type SupervisorClient, type VolumeProvider } from "@agent-sdk/core";
import { confinedFiles, makeDirectoryBelow } from "@agent-sdk/supervisor/files";
import type { Context } from "../context.ts";
import { insideUser } from "../engine/container-body.ts";
import { knowsSubpaths } from "../engine/engine-facts.ts";
import type { Mount, VolumeInfo } from "../engine/engine.ts";
import { startHelperContainer } from "./helper-container.ts";
import { lazyFiles } from "./lazy-files.ts";
import { VolumeHelper } from "./volume-helper.ts";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a path below the helper's volume part by part, each entered before the next is made, so that a planted link leads nowhere. Ends with 3 where one stands.
 */
const makeParts = `
  cd -P . && rest="$SUBPATH"
  while [ -n "$rest" ]; do
    part="\${rest%%/*}"; case "$rest" in */*) rest="\${rest#*/}";; *) rest=;; esac
    [ -L "$part" ] && exit 3
    [ -d "$part" ] || mkdir -m 700 -- "$part" 2>/dev/null || [ -d "$part" ] || exit 3
    [ -L "$part" ] && exit 3
    cd -P -- "$part" || exit 3
  done`;

async function makeInHelper(client: SupervisorClient, subpath: string): Promise<void> {
  const { exitCode, stderr } = await client.exec({ command: makeParts, env: { SUBPATH: subpathSegments(subpath).join("/") }, timeoutMs: 30_000 });
  if (exitCode === 0) return;
  if (exitCode === 3) throw new AgentSdkError("forbidden", "A part of the path is not a directory of its own: a file or a link stands there.");
  throw new AgentSdkError("provider_failed", `A directory of the volume could not be made. ${stderr.trim()}`);
}

/**
 * Volumes of the engine, under names that begin with the deployment's. A volume's ref is its name on the engine. Where this process may, it uses their
 * directories itself; elsewhere by one helper container per volume.
 */
export class DockerVolumes implements VolumeProvider {
  readonly #context: Omit<Context, "volumes">;
  readonly #helpers = new Map<string, VolumeHelper>();

  constructor(context: Omit<Context, "volumes">) {
    this.#context = context;
  }

  async create(name: string, options: CallOptions = {}): Promise<{ readonly ref: string }> {
    options.signal?.throwIfAborted();
    assertResourceName("volume", name);
    const { deployment = "local" } = this.#context.options;
    const ref = `agent-sdk-${deployment}-${name}`;
    const volume = await this.#context.engine.createVolume(ref, { "agent-sdk.deployment": deployment, "agent-sdk.volume": name });
    const directory = await this.#directory(volume);
    // A helper's image has the owner right.
    if (directory !== null) await chown(directory, insideUser.uid, insideUser.gid);
    return { ref };
  }

  async destroy(ref: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#helpers.get(ref)?.end();
    this.#helpers.delete(ref);
    await this.#context.engine.removeVolume(ref);
  }

  async exists(ref: string, options: CallOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return (await this.#context.engine.inspectVolume(ref)) !== null;
  }

  files(ref: string): FileOperations {
    const use = async <Result>(work: (files: FileOperations) => Promise<Result>): Promise<Result> => work(await this.#files(ref));
    return lazyFiles(use);
  }

  /**
   * Makes directories of the volume, and answers how each is mounted at its target: that directory and no other.
   * @throws AgentSdkError `not_found` for a volume that does not exist, `forbidden` where a link stands in the way.
   */
  async mounts(ref: string, wanted: readonly { readonly subpath: string; readonly target: string }[]): Promise<readonly Mount[]> {
    const volume = await this.#volume(ref);
    const directory = await this.#directory(volume);
    for (const { subpath } of wanted) {
      if (directory !== null) await makeDirectoryBelow(directory, subpath, { owner: insideUser });
      else await this.#helper(volume).use((client) => makeInHelper(client, subpath));
    }
    const { facts } = await this.#context.backend.connect();
    return wanted.map(({ subpath, target }): Mount => {
      const path = subpathSegments(subpath).join("/");
      if (knowsSubpaths(facts)) return { kind: "volume", volume: volume.name, subpath: path, target };
      if (volume.driver === "local") return { kind: "bind", source: join(volume.mountpoint, path), target, inVolume: true };
      throw new AgentSdkError("not_supported", "This Docker engine cannot mount a part of a volume (it is older than 26), and the volume's driver has no directory on its host.");
    });
  }

  /** Ends the helpers. */
  async [Symbol.asyncDispose](): Promise<void> {
    const helpers = [...this.#helpers.values()];
    this.#helpers.clear();
    await Promise.all(helpers.map((helper) => helper.end()));
  }

  async #volume(ref: string): Promise<VolumeInfo> {
    const volume = await this.#context.engine.inspectVolume(ref);
    if (volume) return volume;
    throw new AgentSdkError("not_found", `There is no volume ${JSON.stringify(ref)}.`);
  }

  /** The volume's directory, where this process sees it and may use it; else null. */
  async #directory(volume: VolumeInfo): Promise<string | null> {
    const { engine, backend } = this.#context;
    const { facts } = await backend.connect();
    const isOurs = volume.driver === "local" && engine.address.kind === "socket" && facts.sharesUsers && process.platform === "linux" && process.getuid?.() === 0;
    if (!isOurs) return null;
    try {
      return (await stat(volume.mountpoint)).isDirectory() ? volume.mountpoint : null;
    } catch {
      // The engine's host is not this one, as in a container with the engine's socket.
      return null;
    }
  }

  async #files(ref: string): Promise<FileOperations> {
    const volume = await this.#volume(ref);
    const directory = await this.#directory(volume);
    return directory === null ? this.#helper(volume).files : confinedFiles(directory, { owner: insideUser });
  }

  #helper(volume: VolumeInfo): VolumeHelper {
    const known = this.#helpers.get(volume.name);
    if (known) return known;
    const { env, transport } = this.#context;
    const helper = new VolumeHelper({ env, start: () => startHelperContainer(this.#context, volume), connect: (endpoint) => transport.connect(endpoint) });
    this.#helpers.set(volume.name, helper);
    return helper;
  }
}
