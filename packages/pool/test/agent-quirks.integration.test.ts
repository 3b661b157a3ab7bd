import { describe, expect, it } from "vitest";
import { RealPool, ended, newSession, own, said, stored, text } from "./support/real-pool.ts";
import { quirky } from "./support/quirky-definition.ts";

const config = { agentType: "quirky" };

describe("an agent with habits", { timeout: 60_000 }, () => {
  it("repeats a loaded conversation behind its answer: nothing of it is recorded again", async () => {
    await using subject = await RealPool.create([quirky]);
    const pool = await subject.start();
    const session = await newSession(pool, { config });
    const first = await pool.message("default", session.id, { content: text("one") });
    await ended(subject, session.id, first.rpcId);
    await pool.release("default", session.id);
    const second = await pool.message("default", session.id, { content: text("two") });
    await ended(subject, session.id, second.rpcId);
    const events = await stored(subject, session.id);
    expect(own(events, "restored")).toMatchObject([{ how: "load" }]);
    expect(said(events)).toBe("one with autotwo with auto");
  });

  it("ends a failed turn as if it were done: its signs say so, and the prompt fails", async () => {
    await using subject = await RealPool.create([quirky]);
    const pool = await subject.start();
    const session = await newSession(pool, { config });
    const prompt = async (words: string) => ended(subject, session.id, (await pool.message("default", session.id, { content: text(words) })).rpcId);
    const gaveUp = await prompt("gives_up");
    expect(gaveUp).toMatchObject({ state: "failed", error: { kind: "agent_error", message: expect.stringContaining("as if it were done") } });
    expect(said(await stored(subject, session.id), gaveUp.rpcId)).toContain("the model answered 429");
    expect(await prompt("recovers")).toMatchObject({ state: "done", stopReason: "end_turn" });
    expect(await prompt("unauthorized")).toMatchObject({ state: "failed", error: { kind: "auth_required", code: 401, message: "API key not valid" } });
  });

  it("takes model and mode by methods of their own, and what it says of its mode is not an answer's text", async () => {
    await using subject = await RealPool.create([quirky]);
    const pool = await subject.start();
    const session = await newSession(pool, { config: { ...config, model: "vendor/large", mode: "yolo" } });
    const first = await pool.message("default", session.id, { content: text("one") });
    await ended(subject, session.id, first.rpcId);
    const other = await pool.message("default", session.id, { content: text("two"), model: "vendor/small" });
    await ended(subject, session.id, other.rpcId);
    expect(said(await stored(subject, session.id))).toBe("one with vendor/largetwo with vendor/small");
  });

  it("finds its files in its HOME, readable for it alone, and what it made of them is kept", async () => {
    await using subject = await RealPool.create([quirky]);
    const pool = await subject.start();
    const session = await newSession(pool, { config });
    const run = async (command: string) => (await pool.exec("default", session.id, { command, timeoutMs: 10_000 })).stdout;
    const restart = async () => {
      await pool.release("default", session.id);
      const { rpcId } = await pool.message("default", session.id, { content: text("again") });
      await ended(subject, session.id, rpcId);
    };
    expect(await run("stat -c %a ~/.quirky ~/.quirky/login.json; cat ~/.quirky/login.json")).toBe("700\n600\ngiven");
    await run("echo refreshed > ~/.quirky/login.json");
    await restart();
    expect(await run("cat ~/.quirky/login.json")).toBe("refreshed\n");
    await run("rm ~/.quirky/login.json");
    await restart();
    expect(await run("cat ~/.quirky/login.json")).toBe("given");
  });
});
