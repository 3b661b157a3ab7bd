import { systemEnv } from "@agent-sdk/core";
import { describeStore } from "@agent-sdk/core/contract";
import type { TestPostgres } from "@agent-sdk/test-postgres";
import { startTestPostgres } from "@agent-sdk/test-postgres";
import { afterAll, beforeAll } from "vitest";
import type { Database } from "../src/database/database.ts";
import { openPostgres } from "../src/database/postgres.ts";
import { timeoutsBelow } from "../src/database/timeouts.ts";
import { postgresStore } from "../src/postgres-store.ts";
import { describeRefusedValues } from "./support/refused-values.ts";
import { cipher, emptyStore } from "./support/store-fixture.ts";

let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = openPostgres({ databaseUrl: await postgres.createDatabase(), env: systemEnv(), timeouts: timeoutsBelow(20_000), maxConnections: 10 });
  await postgresStore(database, "agent_sdk", cipher).migrate();
}, 60_000);

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

describeStore("on PostgreSQL", { create: () => emptyStore(database) });
describeRefusedValues("on PostgreSQL", () => emptyStore(database));
