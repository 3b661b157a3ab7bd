import { existsSync } from "node:fs";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { startTestPostgres } from "../src/index.ts";

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("startTestPostgres", () => {
  it("gives each database its own rows, keeps committed ones over a crash, and leaves nothing behind", async () => {
    const postgres = await startTestPostgres();
    const first = await postgres.createDatabase();
    const second = await postgres.createDatabase();
    await ask(first, "create table kept (number integer); insert into kept values (1), (2)");
    await expect(ask(second, "select * from kept")).rejects.toMatchObject({ code: "42P01" });
    await postgres.restart("immediate");
    expect(await ask(first, "select sum(number)::integer as sum from kept")).toEqual([{ sum: 3 }]);
    const [row] = (await ask(postgres.url, "show data_directory")) as { data_directory: string }[];
    await postgres[Symbol.asyncDispose]();
    expect(existsSync(row?.data_directory ?? "/")).toBe(false);
    await expect(ask(first, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  }, 60_000);
});
