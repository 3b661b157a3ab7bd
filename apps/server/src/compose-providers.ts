import { describeError, type RuntimeEnv, type SandboxProvider, type SupervisorTransport } from "@agent-sdk/core";
import { dockerProvider } from "@agent-sdk/provider-docker";
import { unixLocalProvider } from "@agent-sdk/provider-unix-local";
import type { ServerConfig } from "./config.ts";

/** The backends of this server, by name. Disposing them ends what they hold; sandboxes stay. */
export interface Providers extends AsyncDisposable {
  readonly byName: ReadonlyMap<string, SandboxProvider>;
  /** How strongly sandboxes of this machine's own processes are separated from it. */
  readonly isolation: string;
}

/**
 * This machine's own sandboxes, and Docker's where that is offered. An engine that does not answer now may later: nothing waits for it.
 * @param parts.deployment stands in the names of what they keep
 */
export function composeProviders(config: ServerConfig, parts: { readonly env: RuntimeEnv; readonly transport: SupervisorTransport; readonly deployment: string }): Providers {
  const { env, transport, deployment } = parts;
  const local = unixLocalProvider({ home: config.home, runtimeDirectory: config.runtimeDirectory, isolation: config.isolation, env, transport });
  const providers: SandboxProvider[] = [local];
  const { isOffered, ...options } = config.docker;
  if (isOffered) {
    const docker = dockerProvider({ ...options, deployment, env, transport });
    providers.push(docker);
    docker.connect().catch((error: unknown) => env.log.warn({ error: describeError(error) }, "Docker sandboxes cannot be had yet"));
  }
  return {
    byName: new Map(providers.map((provider) => [provider.name, provider])),
    isolation: local.capabilities.isolation,
    async [Symbol.asyncDispose]() {
      await Promise.all(providers.map((provider) => provider[Symbol.asyncDispose]()));
    },
  };
}
