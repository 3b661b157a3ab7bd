import type { Notification, Notifications } from "@agent-sdk/core";
import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it, vi } from "vitest";
import { openStore } from "../src/index.ts";
import { endConnections, postgresForFile } from "./support/postgres-file.ts";

const { postgres } = postgresForFile();
const env = systemEnv();

function heardBy(notifications: Notifications): { ids(kind: Notification["kind"]): Set<string>; count(): number } {
  const heard: Notification[] = [];
  notifications.subscribe((notification) => heard.push(notification));
  return { ids: (kind) => new Set(heard.filter((one) => one.kind === kind).flatMap((one) => one.sessionIds)), count: () => heard.length };
}

/** A listener connects in the background: publishes until it hears. */
async function untilHeard(from: Notifications, by: { ids(kind: Notification["kind"]): Set<string> }, id: string): Promise<void> {
  await vi.waitFor(
    () => {
      from.publish({ kind: "work", sessionIds: [id] });
      expect(by.ids("work")).toContain(id);
    },
    { timeout: 15_000, interval: 50 },
  );
}

describe("notifications", () => {
  it("reach other replicas and this one, together where they come together", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env });
    await using two = await openStore({ databaseUrl }, { env });
    const [here, there] = [heardBy(one.notifications), heardBy(two.notifications)];
    await untilHeard(one.notifications, there, "warm");
    const before = there.count();
    const ids = Array.from({ length: 1_000 }, (_, index) => `session-${index}`);
    for (const id of ids) one.notifications.publish({ kind: "events", sessionIds: [id] });
    await vi.waitFor(() => expect(there.ids("events")).toEqual(new Set(ids)), { timeout: 5_000 });
    expect(here.ids("events")).toEqual(new Set(ids));
    // 1,000 ids of 12 characters are two payloads; the calls above may straddle a few periods of 10 ms.
    expect(there.count() - before).toBeLessThan(20);
  });

  it("are heard again after the listening connection was ended", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env });
    await using two = await openStore({ databaseUrl }, { env });
    const there = heardBy(two.notifications);
    await untilHeard(one.notifications, there, "before");
    expect(await endConnections(databaseUrl, "agent-sdk listener")).toBe(2);
    await untilHeard(one.notifications, there, "after");
  });

  it("are heard again after the server was away, and publishing never fails meanwhile", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env });
    await using two = await openStore({ databaseUrl }, { env });
    const there = heardBy(two.notifications);
    await untilHeard(one.notifications, there, "before");
    await postgres().stop("immediate");
    one.notifications.publish({ kind: "events", sessionIds: ["lost"] });
    await postgres().start();
    await untilHeard(one.notifications, there, "after");
  }, 30_000);

  it("stop when the subscriber says so", async () => {
    const databaseUrl = await postgres().createDatabase();
    await using one = await openStore({ databaseUrl }, { env });
    const heard: Notification[] = [];
    const stop = one.notifications.subscribe((notification) => heard.push(notification));
    stop();
    const other = heardBy(one.notifications);
    one.notifications.publish({ kind: "work", sessionIds: ["a"] });
    await vi.waitFor(() => expect(other.ids("work")).toContain("a"));
    expect(heard).toEqual([]);
  });

  it("open and close without leaving anything, though no server is there", async () => {
    const opened = await openStore({ databaseUrl: "postgres://postgres@127.0.0.1:1/none" }, { env });
    opened.notifications.publish({ kind: "work", sessionIds: ["a"] });
    await opened[Symbol.asyncDispose]();
    await expect(opened.store.ping()).rejects.toMatchObject({ code: "unavailable" });
  });
});
