import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Logger } from "@agent-sdk/core";
import { resolveIsolation, type Isolation, type IsolationMode } from "./isolation.ts";

/** A PATH with nothing on it but, where a body is given, a program `bwrap`. */
async function searchPath(bubblewrap?: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "isolation-"));
  if (bubblewrap !== undefined) {
    await writeFile(join(path, "bwrap"), `#!/bin/sh\n${bubblewrap}\n`);
    await chmod(join(path, "bwrap"), 0o755);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

function resolve(mode: IsolationMode, path: string): { readonly isolation: Isolation; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const log: Logger = { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} };
  return { isolation: resolveIsolation({ mode, searchPath: path, log }), warnings };
}

describe("resolveIsolation", () => {
  it("takes plain processes and warns where bubblewrap is not installed", async () => {
    await using empty = await searchPath();
    const { isolation, warnings } = resolve("auto", empty.path);
    expect(isolation).toEqual({ level: "process" });
    expect(warnings).toEqual([expect.stringContaining("bubblewrap is not installed")]);
  });

  it("refuses when namespaces were asked for and bubblewrap is not installed", async () => {
    await using empty = await searchPath();
    expect(() => resolve("namespace", empty.path)).toThrow(expect.objectContaining({ code: "not_supported", message: expect.stringContaining("AGENT_SDK_ISOLATION=process") }));
  });

  it.each(["auto", "namespace"] as const)("is never silently weaker when bubblewrap does not work (%s)", async (mode) => {
    await using broken = await searchPath("echo 'no permission to make namespaces' >&2; exit 1");
    const message = expect.stringMatching(/does not work here: no permission to make namespaces\..*AGENT_SDK_ISOLATION=process/);
    expect(() => resolve(mode, broken.path)).toThrow(expect.objectContaining({ code: "not_supported", message }));
  });

  it("does without the option that an older bubblewrap does not know", async () => {
    await using old = await searchPath('case "$*" in *--disable-userns*) echo "unknown option" >&2; exit 1;; esac; exit 0');
    expect(resolve("auto", old.path).isolation).toMatchObject({ level: "namespace", disableUserNamespaces: false });
  });

  it("does not look for bubblewrap when plain processes were asked for", async () => {
    await using broken = await searchPath("exit 1");
    expect(resolve("process", broken.path)).toEqual({ isolation: { level: "process" }, warnings: [] });
  });
});
