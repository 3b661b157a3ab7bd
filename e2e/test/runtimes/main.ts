// What the runtimes are given to run: main.ts <url> <url that breaks>. Prints what came of it as one line of JSON.
import { runScenario } from "./scenario.ts";

const [, , apiUrl = "", brokenUrl = ""] = process.argv;
console.log(JSON.stringify(await runScenario({ apiUrl, brokenUrl })));
