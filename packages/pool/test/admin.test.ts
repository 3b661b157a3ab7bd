import { createCatalogue } from "@agent-sdk/agents";
import { AgentSdkError, localNotifications, silentLogger, systemEnv } from "@agent-sdk/core";
import { memoryStore } from "@agent-sdk/core/testing";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { expect, it } from "vitest";
import { SessionPool } from "../src/index.ts";

it("is ready from its start to its end, as long as the database answers", async () => {
  const env = systemEnv({ log: silentLogger });
  let broken = false;
  const ping = async (): Promise<void> => {
    if (broken) throw new AgentSdkError("unavailable", "The database does not answer.");
  };
  const store = { ...memoryStore(env), ping };
  const catalogue = createCatalogue({ runtimeDirectory: "/nonexistent", env });
  const pool = new SessionPool({ ...env, store, notifications: localNotifications(), providers: new Map(), supervisors: supervisorTransport(env), catalogue });
  await expect(pool.admin.assertReady()).rejects.toMatchObject({ code: "unavailable" });
  await pool.start();
  await pool.admin.assertReady();
  broken = true;
  await expect(pool.admin.assertReady()).rejects.toMatchObject({ code: "unavailable" });
  broken = false;
  await pool.stop();
  await expect(pool.admin.assertReady()).rejects.toMatchObject({ code: "draining" });
});
