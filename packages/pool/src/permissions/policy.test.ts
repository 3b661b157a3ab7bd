import type { JsonObject, Permissions } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { allowsEverything, asksSomebody, decide, defaultPolicy } from "./policy.ts";
import { toolCallFacts } from "./tool-call.ts";

const places = { root: "/home/u/work", home: "/home/u" };

function decided(permissions: Permissions, toolCall: JsonObject): string {
  const { action, rule } = decide(permissions, "ask", toolCallFacts(toolCall), places);
  return `${action} ${String(rule)}`;
}

const at = (...paths: readonly string[]): JsonObject => ({ kind: "edit", locations: paths.map((path) => ({ path })) });
const run = (command: string | readonly string[]): JsonObject => ({ kind: "execute", rawInput: { command } });

describe("a rule's path", () => {
  const denySecrets: Permissions = [{ path: "secrets/**", action: "deny" }, { path: "**", action: "allow" }];

  it.each([
    [at("secrets/key"), "deny 0"],
    [at("/home/u/work/secrets/key"), "deny 0"],
    [at("src/../secrets/./key"), "deny 0"],
    [at("file:///home/u/work/secrets/key"), "deny 0"],
    [at("~/work/secrets/key"), "deny 0"],
    [at("src/a.ts", "secrets/key"), "deny 0"],
    [at("src/a.ts"), "allow 1"],
    [at("src/a.ts", "/etc/passwd"), "ask null"],
    [at("../other/a.ts"), "ask null"],
    [at(), "ask null"],
    [{ kind: "edit", rawInput: { file_path: "secrets/key" } }, "deny 0"],
    [{ kind: "edit", content: [{ type: "diff", path: "secrets/key", newText: "" }] }, "deny 0"],
    [at(`secrets/${"x".repeat(20_000)}`), "deny 0"],
    [at(`src/${"x".repeat(20_000)}`), "deny 0"],
  ] satisfies readonly (readonly [JsonObject, string])[])("on %j: %s", (toolCall, expected) => {
    expect(decided(denySecrets, toolCall)).toBe(expected);
  });

  it("that is absolute is compared with the absolute path, everywhere", () => {
    expect(decided([{ path: "/etc/**", action: "deny" }], at("../../../etc/passwd"))).toBe("deny 0");
    expect(decided([{ path: "/**", action: "deny" }], at("a"))).toBe("deny 0");
  });
});

describe("a rule's command", () => {
  const rules: Permissions = [{ command: "rm *", action: "deny" }, { command: "git *", action: "allow" }];

  it.each([
    ["git status", "allow 1"],
    ["git status && git diff", "allow 1"],
    ["git status; curl example.org", "ask null"],
    ["git log > /etc/passwd", "ask null"],
    ["git log $(curl example.org)", "ask null"],
    ["git status; rm -rf /", "deny 0"],
    ["echo $(rm -rf /)", "deny 0"],
    ["(rm -rf /)", "deny 0"],
    ["rm    -rf /", "deny 0"],
    ["", "ask null"],
  ])("on %j: %s", (command, expected) => {
    expect(decided(rules, run(command))).toBe(expected);
  });

  it("sees the script that a shell is given, a command in words, and Gemini's title", () => {
    expect(decided(rules, run(["bash", "-lc", "rm -rf /"]))).toBe("deny 0");
    expect(decided(rules, run(["git", "status"]))).toBe("allow 1");
    expect(decided(rules, { kind: "execute", title: "`git status`" })).toBe("allow 1");
    expect(decided(rules, { kind: "read", title: "git status" })).toBe("ask null");
  });
});

it("takes the first rule that matches; a call without a kind is `other`", () => {
  const rules: Permissions = [{ toolKind: "read", action: "allow" }, { toolKind: "other", action: "deny" }, { action: "ask" }];
  expect([{ kind: "read" }, {}, { kind: "unheard-of" }, { kind: "fetch" }].map((call) => decided(rules, call))).toEqual(["allow 0", "deny 1", "deny 1", "ask 2"]);
});

it("allows where the sandbox keeps the agent apart, and asks where nothing does", () => {
  expect(["none", "process", "namespace", "container", "vm"].map((level) => defaultPolicy(level as "none"))).toEqual(["ask", "allow", "allow", "allow", "allow"]);
});

it("knows whether somebody may be asked, and whether an agent may as well not ask", () => {
  const given: readonly (Permissions | null)[] = [null, "allow", "deny", "ask", [{ toolKind: "edit", action: "deny" }], [{ toolKind: "edit", action: "ask" }], [{ toolKind: "edit", action: "allow" }]];
  expect(given.map((permissions) => asksSomebody(permissions, "allow"))).toEqual([false, false, false, true, false, true, false]);
  expect(given.map((permissions) => asksSomebody(permissions, "ask"))).toEqual([true, false, false, true, true, true, true]);
  expect(given.map((permissions) => allowsEverything(permissions, "allow"))).toEqual([true, true, false, false, false, false, true]);
});
