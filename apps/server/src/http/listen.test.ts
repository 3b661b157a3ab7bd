import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { listen } from "./listen.ts";

it("does not wait at its end for connections over which nothing ever came", async () => {
  const listening = await listen({ host: "127.0.0.1", port: 0 });
  const socket = connect(listening.port, "127.0.0.1");
  await once(socket, "connect");
  const closed = once(socket, "close");
  // An hour: only a close that does not wait for the grace period lets this test end.
  await listening.close({ graceMs: 3_600_000 });
  await closed;
  expect(socket.destroyed).toBe(true);
});
