import { describeStore } from "../contract/store.ts";
import { systemEnv } from "../system-env.ts";
import { memoryStore } from "./memory-store.ts";

describeStore("in memory", {
  async create() {
    let now = 1_700_000_000_000;
    const { random } = systemEnv();
    const store = memoryStore({ random, clock: { now: () => now, monotonic: () => now } });
    return {
      store,
      async advance(milliseconds) {
        now += milliseconds;
      },
      async trimEvents(sessionId, firstSeq) {
        store.trimEvents(sessionId, firstSeq);
      },
      async countRows(sessionId) {
        return (await store.sessions.get(sessionId)) === null ? 0 : 1;
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
      },
    };
  },
});
