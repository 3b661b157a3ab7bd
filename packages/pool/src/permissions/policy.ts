import { posix } from "node:path";
import type { IsolationLevel, PermissionPolicy, PermissionRule, Permissions } from "@agent-sdk/core";
import { commandParts, isPlainCommand } from "./command-parts.ts";
import type { Pattern } from "./pattern.ts";
import { commandPattern, maxTextLength, pathPattern } from "./pattern.ts";
import type { ToolCallFacts } from "./tool-call.ts";

/** Where relative paths begin, and `~`. As seen inside the sandbox. */
export interface Places {
  readonly root: string;
  readonly home: string;
}

export interface Decision {
  readonly action: PermissionPolicy;
  /** The place of the rule that decided, from 0; null where none did. */
  readonly rule: number | null;
}

/** What holds where nothing was said: an agent that can reach the host's own files and processes unhindered does not do so unasked. */
export function defaultPolicy(isolation: IsolationLevel | null): PermissionPolicy {
  return isolation === "none" ? "ask" : "allow";
}

/** How a condition's findings are joined: what allows has to hold for all that the call names, what stops for any of it. */
function holds(action: PermissionPolicy, found: readonly string[], matches: (text: string) => boolean): boolean {
  if (found.length === 0) return false;
  // What is too long to be compared is not allowed by a pattern, and stopped by any.
  const test = (text: string): boolean => (text.length > maxTextLength ? action !== "allow" : matches(text));
  return action === "allow" ? found.every(test) : found.some(test);
}

function pathMatches(glob: string, places: Places): (path: string) => boolean {
  const pattern: Pattern = pathPattern(glob.startsWith("/") ? posix.normalize(glob) : glob);
  return (path) => {
    const absolute = posix.resolve(places.root, path === "~" || path.startsWith("~/") ? posix.join(places.home, path.slice(1)) : path);
    if (glob.startsWith("/")) return pattern.matches(absolute);
    const relative = posix.relative(places.root, absolute);
    return relative !== ".." && !relative.startsWith("../") && pattern.matches(relative);
  };
}

function commandMatches(action: PermissionPolicy, glob: string): (line: string) => boolean {
  const pattern = commandPattern(glob);
  return (line) => {
    const parts = commandParts(line);
    if (action === "allow") return isPlainCommand(line) && parts.length > 0 && parts.every((part) => pattern.matches(part));
    return pattern.matches(line) || parts.some((part) => pattern.matches(part));
  };
}

function ruleMatches(rule: PermissionRule, call: ToolCallFacts, places: Places): boolean {
  if (rule.toolKind !== undefined && rule.toolKind !== call.kind) return false;
  if (rule.path !== undefined && !holds(rule.action, call.paths, pathMatches(rule.path, places))) return false;
  return rule.command === undefined || holds(rule.action, call.commands, commandMatches(rule.action, rule.command));
}

/** The policy for one tool call: the first rule that matches, else `otherwise`. */
export function decide(permissions: Permissions | null, otherwise: PermissionPolicy, call: ToolCallFacts, places: Places): Decision {
  if (permissions === null) return { action: otherwise, rule: null };
  if (typeof permissions === "string") return { action: permissions, rule: null };
  const rule = permissions.findIndex((candidate) => ruleMatches(candidate, call, places));
  return rule === -1 ? { action: otherwise, rule: null } : { action: permissions[rule]?.action ?? otherwise, rule };
}

/** Whether anything may come to be asked: then there is somebody who answers. */
export function asksSomebody(permissions: Permissions | null, otherwise: PermissionPolicy): boolean {
  if (permissions === null) return otherwise === "ask";
  if (typeof permissions === "string") return permissions === "ask";
  return otherwise === "ask" || permissions.some((rule) => rule.action === "ask");
}

/** Whether everything is allowed, so that an agent may as well not ask. */
export function allowsEverything(permissions: Permissions | null, otherwise: PermissionPolicy): boolean {
  if (permissions === null || typeof permissions === "string") return (permissions ?? otherwise) === "allow";
  return otherwise === "allow" && permissions.every((rule) => rule.action === "allow");
}
