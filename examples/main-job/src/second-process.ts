// Goes on with a session by its id. It knows nothing of the process that made it. Arguments: the session's id, the prompt.
import { Agent } from "@agent-sdk/client";
import { say } from "./terminal.ts";
import { showTurn } from "./turn.ts";

const [sessionId = "", prompt = ""] = process.argv.slice(2);
await using agent = new Agent("second", { sessionId });
say(`process ${process.pid} resumes session ${sessionId}: ${prompt}`);
const { text, restored } = await showTurn(agent, prompt);
process.send?.({ text, restored });
process.disconnect?.();
