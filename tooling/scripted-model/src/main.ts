import { parseArgs } from "node:util";
import type { RecordedRequest } from "./recorder.ts";
import { startScriptedModel } from "./server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    log: { type: "boolean", default: false },
  },
});

function logLine({ method, path, status, credentialHeader, credentialSha256 }: RecordedRequest): void {
  process.stderr.write(`${JSON.stringify({ method, path, status, credentialHeader, credentialSha256 })}\n`);
}

const model = await startScriptedModel({ port: Number(values.port), host: values.host, ...(values.log ? { log: logLine } : {}) });
process.stdout.write(`${JSON.stringify({ url: model.url, pid: process.pid })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void model[Symbol.asyncDispose]());
