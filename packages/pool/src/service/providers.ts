import type { SandboxProvider } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";

/** A provider that a caller names. @throws AgentSdkError `bad_request` that lists the known ones. */
export function requireProvider(env: Pick<PoolEnv, "providers">, name: string): SandboxProvider {
  const provider = env.providers.get(name);
  if (provider) return provider;
  throw new AgentSdkError("bad_request", `There is no provider "${name}" here. Known: ${[...env.providers.keys()].join(", ")}.`, { details: { field: "provider" } });
}

/** The provider of something that exists. @throws AgentSdkError `not_supported` where this server was started without it. */
export function providerOf(env: Pick<PoolEnv, "providers">, name: string): SandboxProvider {
  const provider = env.providers.get(name);
  if (provider) return provider;
  throw new AgentSdkError("not_supported", `This server has no provider ${name}.`);
}
