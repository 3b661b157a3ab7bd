import { describe, expect, it } from "vitest";
import { launchRequest } from "../../test/request.ts";
import { registryDefinition } from "./registry-definition.ts";
import { parseRegistry } from "./schema.ts";
import { registrySnapshot } from "./snapshot.ts";

const withAgent = (distribution: unknown, more: Record<string, unknown> = {}) => ({ version: "1", agents: [{ id: "some", name: "Some", version: "1.2.3", distribution, ...more }] });

describe("a registry", () => {
  it("is the bundled one, every agent of which can be had on Linux", () => {
    expect(parseRegistry(registrySnapshot)).toEqual(registrySnapshot);
    for (const arch of ["x64", "arm64"]) expect(registrySnapshot.agents.filter((agent) => registryDefinition(agent, "linux", arch) === null)).toEqual([]);
    const ids = registrySnapshot.agents.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(["auggie", "cline", "factory-droid", "github-copilot-cli", "kilo", "qwen-code", "pi-acp", "grok-build", "goose", "cursor", "kimi", "amp-acp", "junie", "devin"]));
  });

  it("may have members that this version does not know", () => {
    expect(parseRegistry({ ...withAgent({ npx: { package: "some@1.0.0" } }, { license: "MIT" }), extensions: [] }).agents[0]).not.toHaveProperty("license");
  });

  it.each([
    [[], "It is no registry"],
    [withAgent({}), "agents.0.distribution: must offer npx, uvx or binary"],
    [withAgent({ npx: { package: "some" } }), "must be a package with its version"],
    [withAgent({ npx: { package: "--registry=http://elsewhere@1" } }), "must be a package with its version"],
    [withAgent({ npx: { package: "some@latest" } }), "must be a package with its version"],
    [withAgent({ binary: { "linux-x86_64": { archive: "https://x/a.tgz", cmd: "../../bin/sh" } } }), "must be a path inside the archive"],
    [withAgent({ binary: { "linux-x86_64": { archive: "file:///etc/passwd", cmd: "a" } } }), "archive"],
    [withAgent({ npx: { package: "some@1.0.0", env: { "A=B; rm": "x" } } }), "env"],
    [withAgent({ npx: { package: "some@1.0.0" } }, { id: "../some" }), "agents.0.id"],
  ])("is refused with what is wrong with it (%#)", (value, sentence) => {
    expect(() => parseRegistry(value)).toThrow(expect.objectContaining({ code: "bad_request", message: expect.stringContaining(sentence) }));
  });

  it("has agents that are started by their package's own program", () => {
    const npx = registryDefinition({ id: "some", name: "Some", version: "1.0.0", distribution: { npx: { package: "@scope/some@1.0.1", args: ["--acp"], env: { A: "1" } } } });
    expect(npx?.runtime).toEqual({ kind: "npm-bin", package: "@scope/some", version: "1.0.1" });
    expect(npx?.launch(launchRequest({ secrets: { KEY: "k" } }))).toEqual({
      command: "/bin/sh",
      args: ["/runtimes/some/1.0.1/start.sh", "--acp"],
      env: { A: "1", AGENT_SDK_NODE: "/usr/bin/node" },
      cwd: "/home/agent/work",
      credentials: "session",
      files: [],
    });
    const uvx = registryDefinition({ id: "some", name: "Some", version: "1.0.0", distribution: { uvx: { package: "some==1.0.0", args: ["-x"] } } });
    expect(uvx?.launch(launchRequest())).toMatchObject({ command: "uvx", args: ["some==1.0.0", "-x"], credentials: "none" });
  });

  it("has no agent for a platform that it has no archive for", () => {
    const agent = { id: "some", name: "Some", version: "1.0.0", distribution: { binary: { "darwin-aarch64": { archive: "https://x.example/a.tgz", cmd: "./a" } } } };
    expect(registryDefinition(agent, "linux", "x64")).toBeNull();
    expect(registryDefinition(agent, "darwin", "arm64")?.runtime).toMatchObject({ kind: "archive", command: "./a", sha256: null });
  });
});
