import type { RuntimeEnv, SupervisorTransport } from "@agent-sdk/core";
import type { Backend } from "./backend.ts";
import type { Engine } from "./engine/engine.ts";
import type { Images } from "./image/images.ts";
import type { DockerOptions } from "./options.ts";
import type { DockerVolumes } from "./volume/docker-volumes.ts";

/** What the provider's operations share. */
export interface Context {
  readonly env: RuntimeEnv;
  readonly transport: SupervisorTransport;
  readonly options: DockerOptions;
  readonly engine: Engine;
  readonly backend: Backend;
  readonly images: Images;
  readonly volumes: DockerVolumes;
}
