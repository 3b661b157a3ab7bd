import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageContents } from "./contents.ts";

/** One tar of everything, with the same bytes for the same contents: so the engine's cache finds what it has. */
function tarArguments(directory: string, { agents, items }: ImageContents): readonly string[] {
  // The flag keeps what links point to as it is.
  const moves = agents.map(({ id }) => `--transform=s,^${id}/,runtime/${id}/,S`);
  const places = items.flatMap((item) => ["-C", item.directory, item.path]);
  return ["--create", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", ...moves, "-C", directory, "Dockerfile", ...places];
}

/** Builds and names the image. What Docker says goes to the standard error. @throws when it fails. */
export async function buildImage(tag: string, dockerfile: string, contents: ImageContents): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-image-"));
  try {
    await writeFile(join(directory, "Dockerfile"), dockerfile);
    const tar = spawn("tar", tarArguments(directory, contents), { stdio: ["ignore", "pipe", "inherit"] });
    // The classic builder: it is in every engine that has no separate one installed, and needs no registry to start.
    const docker = spawn("docker", ["build", "--force-rm", "--tag", tag, "-"], { stdio: [tar.stdout, 2, 2], env: { ...process.env, DOCKER_BUILDKIT: "0" } });
    // "exit" and not "close": what passes from one to the other is never read here.
    const [[tarCode], [dockerCode]] = (await Promise.all([once(tar, "exit"), once(docker, "exit")])) as [[number | null], [number | null]];
    if (tarCode !== 0 || dockerCode !== 0) throw new Error("The image could not be built; what Docker said stands above.");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
