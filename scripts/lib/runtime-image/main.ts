// Builds the runtime image on a base that the engine has: main.ts --base <image> --agents <list>. Prints the image's name.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { runtimeReference } from "@agent-sdk/provider-docker";
import { buildImage } from "./build-image.ts";
import { type ImageContents, imageContents } from "./contents.ts";
import { dockerfile } from "./dockerfile.ts";

function docker(...args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout } = spawnSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return { ok: status === 0, output: stdout.trim() };
}

function say(text: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${text}\n`);
}

async function build(base: string, agents: readonly string[]): Promise<string> {
  const { ok, output: baseId } = docker("image", "inspect", "--format", "{{.Id}}", base);
  if (!ok) throw new Error(`The engine has no image ${base}.`);
  const contents: ImageContents = await imageContents(agents, { say });
  const text = dockerfile(base, contents);
  const tag = `agent-sdk-runtime:${contents.hash(`${baseId}\n${text}`)}`;
  if (docker("image", "inspect", tag).ok) say(`${tag} is there already`);
  else {
    say(`building ${tag}`);
    await buildImage(tag, text, contents);
  }
  if (!docker("tag", tag, runtimeReference()).ok) throw new Error("The image could not be named.");
  return tag;
}

const { values } = parseArgs({ options: { base: { type: "string" }, agents: { type: "string" } } });
const agents = (values.agents ?? "").split(",").filter((name) => name !== "" && name !== "none");
try {
  console.log(await build(values.base ?? "", agents));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
