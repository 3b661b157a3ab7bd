import { lchown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AgentSdkError, subpathSegments } from "@agent-sdk/core";
import { errorCode } from "./errors.ts";
import type { FileOwner } from "./owner.ts";

async function assertDirectory(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) return;
  throw new AgentSdkError("forbidden", "A part of the path is not a directory of its own: a file or a link stands there.");
}

/**
 * Makes `base/path` part by part and answers it. What an agent may have planted there does not lead elsewhere: a link is refused.
 * @param options.owner whose the parts that it makes are to be; ours where absent.
 * @throws AgentSdkError `forbidden` for a link or a file on the way, `bad_request` for a path that leaves `base`.
 */
export async function makeDirectoryBelow(base: string, path: string, options: { readonly owner?: FileOwner | undefined } = {}): Promise<string> {
  let current = base;
  for (const segment of subpathSegments(path)) {
    current = join(current, segment);
    try {
      await mkdir(current, { mode: 0o700 });
      if (options.owner) await lchown(current, options.owner.uid, options.owner.gid);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      await assertDirectory(current);
    }
  }
  return current;
}
