import { AgentSdkError } from "@agent-sdk/core";
import * as z from "zod";

/** A package of npm or PyPI that is run by its own start script. */
export interface PackageDistribution {
  /** With its version: `name@1.2.3`, `name==1.2.3`. */
  readonly package: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** An archive, or a program as it is, for one platform. */
export interface BinaryTarget {
  readonly archive: string;
  readonly sha256?: string | undefined;
  /** What to start, relative to the archive's root. */
  readonly cmd: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface RegistryAgent {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly distribution: {
    readonly npx?: PackageDistribution | undefined;
    readonly uvx?: PackageDistribution | undefined;
    /** By platform, `linux-x86_64` for instance. */
    readonly binary?: Readonly<Record<string, BinaryTarget>> | undefined;
  };
}

/** The ACP registry's file, or one of its form. */
export interface Registry {
  readonly version: string;
  readonly agents: readonly RegistryAgent[];
}

const line = z.string().min(1).max(4096).regex(/^[^\0\r\n]*$/);
const started = {
  args: z.array(line).max(64).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).optional(),
};

/** Begins with no dash: it becomes an argument of npm or uvx. */
const npmPackage = z.string().regex(/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*@\d[\w.+-]*$/i, { error: "must be a package with its version, name@1.2.3" });
const pythonPackage = z.string().regex(/^[a-z0-9][\w.-]*(\[[\w.,-]+\])?(==|@)\d[\w.+-]*$/i, { error: "must be a package with its version, name==1.2.3" });

function staysInside(path: string): boolean {
  const parts = path.split(/[/\\]/);
  return !path.startsWith("/") && !parts.includes("..");
}

const binaryTarget = z.object({
  archive: z.url({ protocol: /^https?$/ }),
  sha256: z.string().regex(/^[a-f0-9]{64}$/i).optional(),
  cmd: line.refine(staysInside, { error: "must be a path inside the archive" }),
  ...started,
});

const agent: z.ZodType<RegistryAgent> = z.object({
  id: z.string().max(64).regex(/^[a-z][a-z0-9-]*$/),
  name: line.max(256),
  version: z.string().max(64).regex(/^[0-9A-Za-z][\w.+-]*$/),
  distribution: z
    .object({ npx: z.object({ package: npmPackage, ...started }).optional(), uvx: z.object({ package: pythonPackage, ...started }).optional(), binary: z.record(z.string(), binaryTarget).optional() })
    .refine(({ npx, uvx, binary }) => npx ?? uvx ?? binary, { error: "must offer npx, uvx or binary" }),
});

const registry: z.ZodType<Registry> = z.object({ version: z.string(), agents: z.array(agent).min(1).max(2000) });

/**
 * Reads a registry. Members that are not known are left out.
 * @throws AgentSdkError `bad_request` that says what is wrong with it.
 */
export function parseRegistry(value: unknown): Registry {
  const result = registry.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new AgentSdkError("bad_request", `It is no registry of agents: ${issue ? `${issue.path.join(".")}: ${issue.message}` : "it does not parse"}.`);
}
