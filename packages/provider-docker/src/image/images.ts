import { createHash } from "node:crypto";
import { AgentSdkError, type CreateOptions, type SandboxRecipe } from "@agent-sdk/core";
import { insideUser } from "../engine/container-body.ts";
import type { Engine, ImageInfo } from "../engine/engine.ts";
import type { DockerOptions } from "../options.ts";
import { home, runtimeDirectory, stateDirectory } from "../sandbox/inside.ts";
import { SharedWork } from "../shared-work.ts";
import { type BuildContext, contentContext, fileContext } from "./build-context.ts";
import { asSandboxImage, nodeLabel, presentImage, RuntimeImage, type SandboxImage, supervisorLabel } from "./runtime-image.ts";

/** A build may not take all of the host's memory. */
const buildMemoryBytes = 4 * 1024 * 1024 * 1024;
const nodePath = `${runtimeDirectory}/bin/node`;
/** Named in a dockerfile by `ARG AGENT_SDK_RUNTIME` and `FROM $AGENT_SDK_RUNTIME`. */
const runtimeArgument = "AGENT_SDK_RUNTIME";

/** By the shell's own means: many images have little else. */
function addLine(file: string, id: number, line: string): string {
  return `f=; while IFS=: read -r a b c d; do if [ "$c" = ${id} ]; then f=1; fi; done < ${file}; if [ -z "$f" ]; then echo '${line}' >> ${file}; fi`;
}

/** What turns any image with a shell and glibc into one that a sandbox can be made of: the runtime's programs, and a user. */
function derivedDockerfile(image: string, runtime: SandboxImage): string {
  const { uid, gid } = insideUser;
  const user = [addLine("/etc/group", gid, `agent:x:${gid}:`), addLine("/etc/passwd", uid, `agent:x:${uid}:${gid}::${home}:/bin/sh`)].join("; ");
  return [
    `FROM ${runtime.id} AS runtime`,
    `FROM ${image}`,
    "USER root",
    `COPY --from=runtime ${runtimeDirectory} ${runtimeDirectory}`,
    ...(runtime.node === nodePath ? [] : [`COPY --from=runtime ${runtime.node} ${nodePath}`]),
    `COPY --from=runtime --chown=${uid}:${gid} ${stateDirectory} ${stateDirectory}`,
    `RUN ["/bin/sh", "-c", ${JSON.stringify(user)}]`,
    "",
  ].join("\n");
}

function tagFor(kind: string, ...parts: readonly string[]): string {
  return `agent-sdk-${kind}:${createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 24)}`;
}

/** Finds or makes the image of a recipe. What is built is kept on the engine, by the hash of what it was built from. */
export class Images {
  readonly #engine: Engine;
  readonly #options: DockerOptions;
  readonly #runtime: RuntimeImage;
  readonly #building = new SharedWork<ImageInfo>();

  constructor(engine: Engine, options: DockerOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#runtime = new RuntimeImage(engine, options.image);
  }

  /** The runtime image itself. @throws AgentSdkError `unavailable` with what to do when there is none. */
  runtime(options: CreateOptions = {}): Promise<SandboxImage> {
    return this.#runtime.resolve(options);
  }

  /**
   * The image of a recipe: fetched, built, and completed by the runtime's programs where it does not have them.
   * @throws AgentSdkError `sandbox_failed` with the build's last output, or with why an image could not be fetched.
   */
  async resolve(recipe: SandboxRecipe, options: CreateOptions): Promise<SandboxImage> {
    const runtime = await this.#runtime.resolve(options);
    const wanted = await this.#wanted(recipe, runtime, options);
    if (wanted === null) return runtime;
    return asSandboxImage(wanted) ?? this.#complete(wanted, runtime, options);
  }

  /** Null where the recipe names no image of its own. */
  async #wanted(recipe: SandboxRecipe, runtime: SandboxImage, options: CreateOptions): Promise<ImageInfo | null> {
    const { contextDirectory } = this.#options;
    if (recipe.image !== undefined) return this.#building.run(`fetch ${recipe.image}`, options, (shared) => presentImage(this.#engine, recipe.image ?? "", shared));
    if (recipe.dockerfileContent !== undefined) return this.#build(contentContext(recipe.dockerfileContent), runtime, options);
    if (recipe.dockerfile !== undefined && contextDirectory !== undefined) return this.#build(await fileContext(contextDirectory, recipe.dockerfile), runtime, options);
    return null;
  }

  #build(context: BuildContext, runtime: SandboxImage, options: CreateOptions): Promise<ImageInfo> {
    const tag = tagFor("build", context.hash, runtime.id);
    const buildArgs = { [runtimeArgument]: runtime.id };
    return this.#building.run(tag, options, (shared) => this.#buildUnlessPresent(tag, context, { buildArgs, labels: {} }, shared));
  }

  async #complete(image: ImageInfo, runtime: SandboxImage, options: CreateOptions): Promise<SandboxImage> {
    const content = derivedDockerfile(image.id, runtime);
    const tag = tagFor("sandbox", content);
    const labels = { [supervisorLabel]: runtime.labels[supervisorLabel] ?? "", [nodeLabel]: nodePath };
    const context = contentContext(content);
    const built = await this.#building.run(tag, options, (shared) => this.#buildUnlessPresent(tag, context, { labels }, shared));
    const usable = asSandboxImage(built);
    if (usable) return usable;
    throw new AgentSdkError("provider_failed", "The Docker engine built an image without its labels.");
  }

  async #buildUnlessPresent(tag: string, context: BuildContext, more: { readonly labels: Readonly<Record<string, string>>; readonly buildArgs?: Readonly<Record<string, string>> }, options: CreateOptions): Promise<ImageInfo> {
    const present = await this.#engine.inspectImage(tag);
    if (present) return present;
    options.onProgress?.("building the sandbox's image");
    await using opened = await context.open();
    await this.#engine.buildImage({ tag, directory: opened.directory, dockerfile: context.dockerfile, memoryBytes: buildMemoryBytes, ...more }, options);
    const built = await this.#engine.inspectImage(tag);
    if (built) return built;
    throw new AgentSdkError("provider_failed", "The image was removed right after it was built.", { retryable: true });
  }
}
