import { readFile } from "node:fs/promises";
import type { CreateSessionBody } from "@agent-sdk/core/api";
import { Option, type Command } from "commander";
import { UsageError } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** What the options of a new session are called in the code. */
export interface SessionOptions {
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly mode?: string | undefined;
  readonly thoughtLevel?: string | undefined;
  readonly provider?: string | undefined;
  readonly image?: string | undefined;
  readonly volume?: string | undefined;
  readonly cwd?: string | undefined;
  readonly name?: string | undefined;
  readonly permissions?: "allow" | "ask" | "deny" | undefined;
  readonly env?: readonly string[] | undefined;
  readonly secret?: readonly string[] | undefined;
  readonly fields?: string | undefined;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Adds the options of a new session to a command. */
export function addSessionOptions(command: Command): Command {
  return command
    .option("--agent <type>", "the agent: claude, codex, opencode, gemini, demo …")
    .option("--model <model>", "the agent's model")
    .option("--mode <mode>", "the agent's mode")
    .option("--thought-level <level>", "how much the agent thinks")
    .option("--provider <provider>", "where its sandbox is: unix_local, docker, daytona, modal")
    .option("--image <image>", "the sandbox's image")
    .option("--volume <volume>", "where its files are kept: a volume's name or id")
    .option("--cwd <path>", "the agent's working directory in the sandbox")
    .option("--name <name>", "what to call the agent")
    .addOption(new Option("--permissions <policy>", "who answers the agent's questions").choices(["allow", "ask", "deny"]))
    .option("--env <name=value>", "a variable for the agent; may be repeated", collect)
    .option("--secret <name>", "a variable of this command's own environment, handed on as a secret; may be repeated", collect)
    .option("--fields <file>", "a JSON file with any fields of POST /sessions; the options win");
}

function pairOf(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--env takes NAME=VALUE, not ${text}.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function secretOf(name: string, env: Terminal["env"]): readonly [string, string] {
  const value = env[name];
  // The value itself is never an argument: every user of the machine can see those.
  if (value === undefined) throw new UsageError(`--secret ${name}: this command's environment has no such variable.`);
  return [name, value];
}

async function readFields(path: string): Promise<CreateSessionBody> {
  const text = await readFile(path, "utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new UsageError(`--fields: ${path} is not JSON.`, { cause });
  }
  throw new UsageError(`--fields: ${path} must hold a JSON object.`);
}

function given(fields: Readonly<Record<string, unknown>>): CreateSessionBody {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The fields of a new session. @throws UsageError. */
export async function sessionFields(options: SessionOptions, env: Terminal["env"]): Promise<CreateSessionBody> {
  const base = options.fields === undefined ? {} : await readFields(options.fields);
  const { agent, model, mode, thoughtLevel, provider, image, volume, cwd, name, permissions } = options;
  const variables = options.env?.map(pairOf);
  const secrets = options.secret?.map((secret) => secretOf(secret, env));
  return {
    ...base,
    ...given({ agent_type: agent, model, mode, thought_level: thoughtLevel, provider, image, volume_id: volume, cwd, name, permissions }),
    ...(variables && { env: { ...base.env, ...Object.fromEntries(variables) } }),
    ...(secrets && { secrets: { ...base.secrets, ...Object.fromEntries(secrets) } }),
  };
}

/** True when an option of a new session was given. */
export function hasSessionOptions(options: SessionOptions): boolean {
  const { agent, model, mode, thoughtLevel, provider, image, volume, cwd, name, permissions, env, secret, fields } = options;
  return [agent, model, mode, thoughtLevel, provider, image, volume, cwd, name, permissions, env, secret, fields].some((value) => value !== undefined);
}
