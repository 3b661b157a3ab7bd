import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { AgentSdkError, type CreateOptions } from "@agent-sdk/core";
import { supervisorBundlePath } from "@agent-sdk/supervisor";
import type { Engine, ImageInfo } from "../engine/engine.ts";

/** On a runtime image, and on everything that is made from one: which supervisor it holds. */
export const supervisorLabel = "agent-sdk.supervisor";
/** Where its Node lies. */
export const nodeLabel = "agent-sdk.node";

/** An image that a sandbox can be made of. */
export interface SandboxImage extends ImageInfo {
  readonly node: string;
}

/** Of the supervisor of this installation: with an image that holds the same, both ends of its interface are of one version. */
export function supervisorVersion(): string {
  return createHash("sha256").update(readFileSync(supervisorBundlePath)).digest("hex").slice(0, 16);
}

/** Null for an image that holds no supervisor. */
export function asSandboxImage(image: ImageInfo): SandboxImage | null {
  const node = image.labels[nodeLabel];
  return node === undefined || image.labels[supervisorLabel] === undefined ? null : { ...image, node };
}

/** Fetches an image unless the engine has it. */
export async function presentImage(engine: Engine, reference: string, options: CreateOptions): Promise<ImageInfo> {
  const present = await engine.inspectImage(reference);
  if (present) return present;
  options.onProgress?.(`fetching the image ${reference}`);
  try {
    await engine.pullImage(reference, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const words = error instanceof AgentSdkError ? error.message : "";
    throw new AgentSdkError("sandbox_failed", `The Docker engine does not have the image ${reference} and could not fetch it. ${words}`, { cause: error, details: { field: "image" } });
  }
  const fetched = await engine.inspectImage(reference);
  if (fetched) return fetched;
  throw new AgentSdkError("provider_failed", `The image ${reference} was removed while it was being fetched.`, { retryable: true });
}

/** The name that `scripts/build-runtime-image` gives to the image with this very supervisor. A name and not a label: what tenants let build bears the labels that they like. */
export function runtimeReference(): string {
  return `agent-sdk-runtime:supervisor-${supervisorVersion()}`;
}

/** The image that sandboxes are made of where the recipe names none. */
export class RuntimeImage {
  readonly #engine: Engine;
  readonly #reference: string | undefined;

  constructor(engine: Engine, reference: string | undefined) {
    this.#engine = engine;
    this.#reference = reference;
  }

  /** @throws AgentSdkError `unavailable` with what to do when there is none. */
  async resolve(options: CreateOptions): Promise<SandboxImage> {
    const image = this.#reference === undefined ? await this.#local() : await presentImage(this.#engine, this.#reference, options);
    const usable = asSandboxImage(image);
    if (usable) return usable;
    throw new AgentSdkError("not_supported", "The image that AGENT_SDK_DOCKER_IMAGE names is not a runtime image of Agent SDK; scripts/build-runtime-image makes one.");
  }

  async #local(): Promise<ImageInfo> {
    const image = await this.#engine.inspectImage(runtimeReference());
    if (image) return image;
    throw new AgentSdkError("unavailable", "The Docker engine has no runtime image of this version: make one with scripts/build-runtime-image, or name one by AGENT_SDK_DOCKER_IMAGE.", { retryable: false });
  }
}
