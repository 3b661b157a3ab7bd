import { isJsonObject } from "@agent-sdk/core";
import type { EngineFacts } from "./engine.ts";

/** Drivers that limit the size of a container's own layer by themselves. overlay2 does it on some file systems with some mount options only, which it does not tell. */
const limitingDrivers: ReadonlySet<string> = new Set(["btrfs", "zfs"]);

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Reads what an engine tells about itself. What it does not tell it does not have. */
export function engineFacts(apiVersion: string, info: unknown): EngineFacts {
  const told = isJsonObject(info) ? info : {};
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  const security = texts(told["SecurityOptions"]);
  const has = (name: string): boolean => security.some((option) => option.split(",").includes(`name=${name}`));
  return {
    apiVersion: [major, minor],
    cpus: typeof told["NCPU"] === "number" ? told["NCPU"] : 0,
    limitsDisk: typeof told["Driver"] === "string" && limitingDrivers.has(told["Driver"]),
    hasGpu: isJsonObject(told["Runtimes"]) && "nvidia" in told["Runtimes"],
    sharesUsers: !has("userns") && !has("rootless"),
    labelsFiles: has("selinux"),
  };
}

/** Whether a part of a volume can be mounted. Older engines ignore the wish and mount the whole volume. */
export function knowsSubpaths({ apiVersion: [major, minor] }: EngineFacts): boolean {
  return major > 1 || (major === 1 && minor >= 45);
}
