import { createCatalogue } from "@agent-sdk/agents";
import { localNotifications, silentLogger, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { SessionPool } from "@agent-sdk/pool";
import { supervisorTransport } from "@agent-sdk/supervisor/client";

/** A pool that was never started, on a store in memory and without a provider: enough for what is refused before, and for rows alone. */
export function poolInMemory(): SessionPool {
  const env = systemEnv({ log: silentLogger });
  const catalogue = createCatalogue({ runtimeDirectory: "/nonexistent", env });
  return new SessionPool({ ...env, store: memoryStore(env), notifications: localNotifications(), providers: new Map(), supervisors: supervisorTransport(env), catalogue });
}
