import type { IncomingHttpHeaders } from "node:http";
import type { AgentLaunch, ExecRequest, JsonObject } from "@agent-sdk/core";
import { AgentSdkError, isJsonObject } from "@agent-sdk/core";
import { generationHeader } from "../wire.ts";

/** Checked reads of a body's members. Each throws AgentSdkError `bad_request` and names the member. */
export function stringField(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw new AgentSdkError("bad_request", `${name} must be a string.`);
  return value;
}

export function optionalString(body: JsonObject, name: string): string | undefined {
  return body[name] === undefined ? undefined : stringField(body, name);
}

/** A whole number of 0 and above. */
export function countField(body: JsonObject, name: string): number {
  return parseCount(body[name], name);
}

export function optionalCount(body: JsonObject, name: string): number | undefined {
  return body[name] === undefined ? undefined : countField(body, name);
}

export function optionalFlag(body: JsonObject, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw new AgentSdkError("bad_request", `${name} must be true or false.`);
}

export function parseCount(value: unknown, name: string): number {
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  throw new AgentSdkError("bad_request", `${name} must be a whole number of 0 and above.`);
}

/** The caller's generation, demanded of every fenced command. */
export function generationOf(headers: IncomingHttpHeaders): number {
  return parseCount(headers[generationHeader], generationHeader);
}

function stringRecord(body: JsonObject, name: string): Record<string, string> {
  const value = body[name] ?? {};
  if (!isJsonObject(value) || !Object.values(value).every((entry) => typeof entry === "string")) throw new AgentSdkError("bad_request", `${name} must be an object of strings.`);
  return value as Record<string, string>;
}

export function parseLaunch(body: JsonObject): AgentLaunch {
  const args = body["args"];
  if (!Array.isArray(args) || !args.every((entry) => typeof entry === "string")) throw new AgentSdkError("bad_request", "args must be an array of strings.");
  const overflow = optionalString(body, "overflow");
  if (overflow !== undefined && overflow !== "block" && overflow !== "drop_oldest") throw new AgentSdkError("bad_request", "overflow must be block or drop_oldest.");
  const texts = [stringField(body, "command"), stringField(body, "cwd"), ...args];
  if (texts.some((text) => text.includes("\0"))) throw new AgentSdkError("bad_request", "A command cannot hold NUL.");
  return { command: stringField(body, "command"), args, env: stringRecord(body, "env"), cwd: stringField(body, "cwd"), overflow };
}

export function parseExec(body: JsonObject): ExecRequest {
  const command = stringField(body, "command");
  if (command.includes("\0")) throw new AgentSdkError("bad_request", "A command cannot hold NUL.");
  return { command, timeoutMs: countField(body, "timeoutMs"), cwd: optionalString(body, "cwd"), env: stringRecord(body, "env"), stdin: optionalString(body, "stdin") };
}
