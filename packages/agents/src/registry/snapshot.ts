import type { BinaryTarget, PackageDistribution, Registry, RegistryAgent } from "./schema.ts";

type Started = Pick<PackageDistribution, "args" | "env">;

function npx(id: string, name: string, spec: string, started: Started = {}): RegistryAgent {
  const version = spec.slice(spec.lastIndexOf("@") + 1);
  return { id, name, version, distribution: { npx: { package: spec, ...started } } };
}

/** `targets`: for each platform, where its archive is and, where the registry has it, the archive's SHA-256. */
function binary(id: string, name: string, version: string, cmd: string, targets: Readonly<Record<string, readonly [url: string, sha256?: string]>>, args: readonly string[] = ["acp"]): RegistryAgent {
  const entries = Object.entries(targets).map(([platform, [archive, sha256]]): [string, BinaryTarget] => [platform, { archive, cmd, args, ...(sha256 === undefined ? {} : { sha256 }) }]);
  return { id, name, version, distribution: { binary: Object.fromEntries(entries) } };
}

const goose = "https://github.com/block/goose/releases/download/v1.50.1/goose";
const amp = "https://github.com/tao12345666333/amp-acp/releases/download/v0.9.0/amp-acp";
const vibe = "https://github.com/mistralai/mistral-vibe/releases/download/v2.24.0/vibe-acp";
const cursor = "https://downloads.cursor.com/lab/2026.07.23-e383d2b";
const kimi = "https://github.com/MoonshotAI/kimi-cli/releases/download/1.9.0/kimi-1.9.0";
const junie = "https://github.com/JetBrains/junie-acp-release/releases/download/2698.3/junie-release-2698.3";
const devin = "https://static.devin.ai/cli/3000.6.2/devin-3000.6.2";

/**
 * Agents of the ACP registry (https://github.com/agentclientprotocol/registry) as this version brings them, for Linux and macOS. A newer registry is given by
 * URL or file.
 */
export const registrySnapshot: Registry = {
  version: "1.0.0",
  agents: [
    npx("auggie", "Auggie CLI", "@augmentcode/auggie@0.35.0", { args: ["--acp"], env: { AUGMENT_DISABLE_AUTO_UPDATE: "1" } }),
    npx("claude-acp", "Claude Agent", "@agentclientprotocol/claude-agent-acp@0.100.0"),
    npx("cline", "Cline", "cline@3.0.55", { args: ["--acp"] }),
    npx("codebuddy-code", "Codebuddy Code", "@tencent-ai/codebuddy-code@2.93.1", { args: ["--acp"] }),
    npx("codex-acp", "Codex", "@agentclientprotocol/codex-acp@2.6.0"),
    npx("dimcode", "DimCode", "dimcode@0.3.16", { args: ["acp"] }),
    npx("dirac", "Dirac", "dirac-cli@0.5.1", { args: ["--acp"] }),
    npx("factory-droid", "Factory Droid", "droid@0.200.0", { args: ["exec", "--output-format", "acp"], env: { DROID_DISABLE_AUTO_UPDATE: "true", FACTORY_DROID_AUTO_UPDATE_ENABLED: "false" } }),
    npx("gemini", "Gemini CLI", "@google/gemini-cli@0.61.0", { args: ["--acp"] }),
    npx("github-copilot-cli", "GitHub Copilot", "@github/copilot@1.0.80", { args: ["--acp"] }),
    npx("grok-build", "Grok Build", "@xai-official/grok@1.0.30", { args: ["agent", "stdio"] }),
    npx("kilo", "Kilo", "@kilocode/cli@7.5.5", { args: ["acp"] }),
    npx("pi-acp", "pi ACP", "pi-acp@0.0.33"),
    npx("qwen-code", "Qwen Code", "@qwen-code/qwen-code@0.21.14", { args: ["--acp", "--experimental-skills"] }),
    { id: "fast-agent", name: "fast-agent", version: "0.6.12", distribution: { uvx: { package: "fast-agent-acp==0.6.12", args: ["-x"] } } },
    binary(
      "amp-acp", "Amp", "0.9.0", "./amp-acp",
      {
        "linux-x86_64": [`${amp}-linux-x86_64.tar.gz`, "afaa50a152eb86a8ff21e354ded63fe2d21b730859692e3a60b2c4c9ef23df31"],
        "linux-aarch64": [`${amp}-linux-aarch64.tar.gz`, "b9e365221838b1a6e177c2fcd8f25a30086c3630e0330f1f6f74b25d2d4126c2"],
        "darwin-x86_64": [`${amp}-darwin-x86_64.tar.gz`, "0dc6d1ab8054e09b10ef49eea3e61afe363473d785bc9682ecb997480ec2f61f"],
        "darwin-aarch64": [`${amp}-darwin-aarch64.tar.gz`, "240a1a464f2a400ae51e9613b7f52b2abb6e7a29759001e9185291325671ccf1"],
      },
      [],
    ),
    binary("cursor", "Cursor", "2026.07.23", "./dist-package/cursor-agent", {
      "linux-x86_64": [`${cursor}/linux/x64/agent-cli-package.tar.gz`],
      "linux-aarch64": [`${cursor}/linux/arm64/agent-cli-package.tar.gz`],
      "darwin-x86_64": [`${cursor}/darwin/x64/agent-cli-package.tar.gz`],
      "darwin-aarch64": [`${cursor}/darwin/arm64/agent-cli-package.tar.gz`],
    }),
    binary("devin", "Devin", "3000.6.2", "./bin/devin", {
      "linux-x86_64": [`${devin}-x86_64-unknown-linux.tar.gz`],
      "linux-aarch64": [`${devin}-aarch64-unknown-linux.tar.gz`],
      "darwin-x86_64": [`${devin}-x86_64-apple-darwin.tar.gz`],
      "darwin-aarch64": [`${devin}-aarch64-apple-darwin.tar.gz`],
    }),
    binary("goose", "goose", "1.50.1", "./goose", {
      "linux-x86_64": [`${goose}-x86_64-unknown-linux-gnu.tar.bz2`, "a5e25bc6d2f950837b579605162e8c84364fce38f74facb5adcb3ff963994d41"],
      "linux-aarch64": [`${goose}-aarch64-unknown-linux-gnu.tar.bz2`, "059653ecf3ad5a74d9366e690dbc614d1860be3e4c4e62c043d3cc7572551a3e"],
      "darwin-x86_64": [`${goose}-x86_64-apple-darwin.tar.bz2`, "db5860fde92de41e821cce4b7337ad655fd7175e7cf145f73c7156d6bef6076f"],
      "darwin-aarch64": [`${goose}-aarch64-apple-darwin.tar.bz2`, "951055fac48e50a2087178307a75a1285f25f6a81675b84974ffc4fe6abe0d62"],
    }),
    binary(
      "junie", "Junie", "2698.3.0", "./junie-app/bin/junie",
      { "linux-x86_64": [`${junie}-linux-amd64.zip`], "linux-aarch64": [`${junie}-linux-aarch64.zip`] },
      ["--acp=true"],
    ),
    binary("kimi", "Kimi CLI", "1.9.0", "./kimi", {
      "linux-x86_64": [`${kimi}-x86_64-unknown-linux-gnu.tar.gz`],
      "linux-aarch64": [`${kimi}-aarch64-unknown-linux-gnu.tar.gz`],
      "darwin-aarch64": [`${kimi}-aarch64-apple-darwin.tar.gz`],
    }),
    binary(
      "mistral-vibe", "Mistral Vibe", "2.24.0", "./vibe-acp",
      {
        "linux-x86_64": [`${vibe}-linux-x86_64-2.24.0.tar.gz`, "1f6a79039b5072e574f072ade6e009e4e3baa008759472ab955f095e26015436"],
        "linux-aarch64": [`${vibe}-linux-aarch64-2.24.0.tar.gz`, "64ba59adc7da4a38d57e48ef0161ff3a1d84938d100beebd6c7211cf15701d99"],
        "darwin-x86_64": [`${vibe}-darwin-x86_64-2.24.0.tar.gz`, "5ef92775a64fdc287f342e341f88ef64bd958eb1378699b1b20c3029f69823b4"],
        "darwin-aarch64": [`${vibe}-darwin-aarch64-2.24.0.tar.gz`, "5163bdc9c568d4568deb6ac8ca7d086976564be67854942cea1f6711fe9b6406"],
      },
      [],
    ),
  ],
};
