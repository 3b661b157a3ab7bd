import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { identify, isAlive, lookUp, parseStat } from "./process-table.ts";

describe("the process table", () => {
  it("reads a command name with spaces and parentheses", () => {
    const fields = ["S", "7", ...Array.from({ length: 17 }, (_, index) => String(index)), "123456", "0"];
    expect(parseStat(`42 (a) b (c)) ${fields.join(" ")}\n`)).toEqual({ pid: 42, parent: 7, startTime: "123456", dead: false });
    expect(parseStat(`42 (x) ${fields.with(0, "Z").join(" ")}\n`).dead).toBe(true);
  });

  it("knows a process again, and not another one of its pid, of another boot or that has ended", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const identity = identify(child.pid ?? 0);
    expect(identity).not.toBeNull();
    if (!identity) return;
    expect(isAlive(identity)).toBe(true);
    expect(isAlive({ ...identity, startTime: `${identity.startTime}0` })).toBe(false);
    expect(isAlive({ ...identity, bootId: "another" })).toBe(false);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(identity)).toBe(false);
    expect(lookUp(identity.pid)).toBeNull();
  });

  it("takes a zombie for dead", async () => {
    // The shell becomes a program that never waits for the child which it had before.
    const parent = spawn("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const identity = identify(Number(line.toString()));
    expect(identity).not.toBeNull();
    if (!identity) return;
    await expect.poll(() => lookUp(identity.pid)?.dead).toBe(true);
    expect(isAlive(identity)).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });
});
