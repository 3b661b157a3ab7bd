import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv } from "@agent-sdk/core";
import { describeStore } from "@agent-sdk/core/contract";
import { afterAll, beforeAll } from "vitest";
import type { Database } from "../src/database/database.ts";
import { openPglite } from "../src/database/pglite.ts";
import { postgresStore } from "../src/postgres-store.ts";
import { describeRefusedValues } from "./support/refused-values.ts";
import { cipher, emptyStore } from "./support/store-fixture.ts";

let directory: string;
let database: Database;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-sdk-pglite-"));
  database = await openPglite({ dataDirectory: directory, env: systemEnv() });
  await postgresStore(database, "agent_sdk", cipher).migrate();
}, 60_000);

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describeStore("on PGlite", { create: () => emptyStore(database) });
describeRefusedValues("on PGlite", () => emptyStore(database));
