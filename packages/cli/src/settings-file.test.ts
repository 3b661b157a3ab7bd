import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { chooseUrl } from "./connection.ts";
import { readSettings, settingsPath, writeSettings } from "./settings-file.ts";

async function inDirectory(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "agent-sdk-cli-"));
  try {
    await work(join(folder, "deep", "cli.json"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it("keeps settings where the system keeps them", () => {
  expect(settingsPath({ AGENT_SDK_CLI_SETTINGS: "/x/y.json" })).toBe("/x/y.json");
  expect(settingsPath({ XDG_CONFIG_HOME: "/x" }, "linux")).toBe(join("/x", "agent-sdk", "cli.json"));
  expect(settingsPath({ APPDATA: String.raw`C:\Users\a\AppData\Roaming` }, "win32")).toBe(join(String.raw`C:\Users\a\AppData\Roaming`, "agent-sdk", "cli.json"));
});

it("writes them as a whole, for their owner alone", () =>
  inDirectory(async (path) => {
    expect(await readSettings(path)).toEqual({ keys: {} });
    await writeSettings(path, { url: "https://a.test", keys: { "https://a.test": "k" } });
    expect(await readSettings(path)).toEqual({ url: "https://a.test", keys: { "https://a.test": "k" } });
    expect(await readdir(dirname(path))).toEqual(["cli.json"]);
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o077).toBe(0);
  }));

it("says where settings are that cannot be read, and passes over what is of another kind", () =>
  inDirectory(async (path) => {
    await writeSettings(path, { keys: {} });
    await writeFile(path, '{"url": 5, "keys": {"https://a.test": 5, "https://b.test": "k"}, "later": 1}');
    expect(await readSettings(path)).toEqual({ url: undefined, keys: { "https://b.test": "k" } });
    await writeFile(path, "{");
    await expect(readSettings(path)).rejects.toThrow(path);
  }));

it("takes the server that was named last", () => {
  const stored = { url: "https://stored.test", keys: {} };
  expect(chooseUrl("https://given.test/", { AGENT_API_URL: "https://env.test" }, stored)).toBe("https://given.test");
  expect(chooseUrl(undefined, { AGENT_API_URL: "https://env.test" }, stored)).toBe("https://env.test");
  expect(chooseUrl(undefined, { AGENT_API_URL: "" }, stored)).toBe("https://stored.test");
  expect(chooseUrl(undefined, {}, { keys: {} })).toBe("http://localhost:7778");
});
