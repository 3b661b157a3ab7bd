// A process of its own that holds what the demo needs, a model and a server, and ends both when the demo has ended, however that came about.
// Arguments: the server's home, which is removed at the end, and the agent's type.
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { ApiClient } from "@agent-sdk/client";
import { chooseModel } from "./model.ts";
import type { Audience } from "./prompts.ts";
import { Server } from "./server.ts";

/** What the host tells the demo. */
export type HostMessage =
  | { readonly type: "ready"; readonly url: string; readonly audience: Audience; readonly description: string }
  | { readonly type: "failed"; readonly message: string };

const [home = "", agent = ""] = process.argv.slice(2);

function tell(message: HostMessage): void {
  if (process.connected) process.send?.(message);
}

/** Resolves when the demo has gone without a word, or somebody sends a signal. */
function stopRequested(): Promise<unknown> {
  let kept = false;
  process.on("message", (message) => {
    kept ||= message === "keep";
  });
  const abandoned = new Promise<void>((resolve) => {
    process.once("disconnect", () => (kept ? undefined : resolve()));
  });
  return Promise.race([abandoned, once(process, "SIGTERM"), once(process, "SIGINT")]);
}

/** Sandboxes outlive a server, so they are taken away through it. */
async function deleteSessions(url: string): Promise<void> {
  const api = new ApiClient({ apiUrl: url });
  for (;;) {
    const { items } = await api.listSessions({ limit: 100 });
    if (items.length === 0) return;
    await Promise.all(items.map(({ session_id: id }) => api.deleteSession(id)));
  }
}

async function run(): Promise<void> {
  const stop = stopRequested();
  await using model = await chooseModel(agent);
  const server = await Server.start(home, model.environment);
  tell({ type: "ready", url: server.url, audience: model.audience, description: model.description });
  const died = await Promise.race([stop.then(() => null), server.ended]);
  if (died !== null) {
    tell({ type: "failed", message: `The server ended in the middle of the demo (${died}).` });
    await stop;
  }
  const last = server.running ? server : await Server.start(home, model.environment);
  await deleteSessions(last.url);
  await last.stop();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

try {
  await run();
  process.exit(0);
} catch (error) {
  tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  console.error(error);
  process.exit(1);
}
