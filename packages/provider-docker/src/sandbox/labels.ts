import type { SandboxLabels } from "@agent-sdk/core";

/** What a container tells of itself. No secret: whoever may ask the engine can read it. */
const names = {
  origin: "agent-sdk.origin",
  sandboxId: "agent-sdk.sandbox-id",
  sessionId: "agent-sdk.session-id",
} as const;

/** The name of the directory of its socket, on everything that has one. */
export const socketLabel = "agent-sdk.socket";
const rootLabel = "agent-sdk.root";
const nodeLabel = "agent-sdk.node";

/** Where things lie inside, kept with the container so that any process can attach to it. */
export interface InsidePaths {
  readonly root: string;
  readonly node: string;
}

export function containerLabels(labels: SandboxLabels, paths: InsidePaths): Readonly<Record<string, string>> {
  return {
    [names.origin]: labels.origin,
    [names.sandboxId]: labels.sandboxId,
    [names.sessionId]: labels.sessionId,
    [rootLabel]: paths.root,
    [nodeLabel]: paths.node,
  };
}

/** The wanted labels as the engine filters by them. Every sandbox has an id. */
export function labelFilters(wanted: Partial<SandboxLabels>): readonly string[] {
  const given = (Object.keys(names) as (keyof typeof names)[]).flatMap((key) => (wanted[key] === undefined ? [] : [`${names[key]}=${wanted[key]}`]));
  return wanted.sandboxId === undefined ? [...given, names.sandboxId] : given;
}

/** Null for a container that is no sandbox. */
export function readLabels(labels: Readonly<Record<string, string>>): SandboxLabels | null {
  const [origin, sandboxId, sessionId] = [labels[names.origin], labels[names.sandboxId], labels[names.sessionId]];
  return origin === undefined || sandboxId === undefined || sessionId === undefined ? null : { origin, sandboxId, sessionId };
}

/** Null for a container that is no sandbox. */
export function readPaths(labels: Readonly<Record<string, string>>): InsidePaths | null {
  const [root, node] = [labels[rootLabel], labels[nodeLabel]];
  return root === undefined || node === undefined ? null : { root, node };
}
