import { execFile } from "node:child_process";
import { createServer, request } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScenarioFacts, ScenarioOptions } from "./runtimes/scenario.ts";
import { range } from "./support/api.ts";
import { generator } from "./support/generator.ts";
import { HostileProxy } from "./support/hostile-proxy.ts";
import { findChromium, javaScriptRuntimes } from "./support/javascript-runtimes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { skipBecause } from "./support/skip.ts";
import { Workspace } from "./support/workspace.ts";

const main = fileURLToPath(new URL("runtimes/main.ts", import.meta.url));
const scenario = fileURLToPath(new URL("runtimes/scenario.ts", import.meta.url));
const everyType = ["commands", "done", "other", "plan", "reasoning", "restored", "text", "tool", "tool_result", "usage"];

function expectAll(facts: ScenarioFacts, proxy: HostileProxy): void {
  const { types, seqs, printed, ...rest } = facts;
  for (const type of ["done", "plan", "reasoning", "text", "tool", "tool_result", "usage"]) expect(types).toContain(type);
  expect(types.filter((type) => !everyType.includes(type))).toEqual([]);
  expect(printed).toContain("Hello");
  expect(seqs).toEqual(range(seqs[0] ?? 0, seqs.at(-1) ?? 0));
  expect(proxy.done.length).toBeGreaterThan(3);
  expect(rest).toEqual({
    answer: "echo: hello",
    counted: range(1, 300),
    exitCode: 3,
    file: "ü€😀",
    downloaded: 3_000_000,
    recalled: expect.stringContaining("hello") as string,
    abortedWith: "enough",
    cancelled: "cancelled",
    failedWith: "agent_error",
    refusedWith: "not_found",
    deleted: "not_found",
  });
}

/** A page with the client in it, from the same origin as the server, whose requests it hands on. */
async function servePage(script: string, targets: ScenarioOptions): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === "/") return void outgoing.writeHead(200, { "content-type": "text/html" }).end('<!doctype html><script type="module" src="/scenario.js"></script>');
    if (incoming.url === "/scenario.js") return void outgoing.writeHead(200, { "content-type": "text/javascript" }).end(script);
    const broken = incoming.url?.startsWith("/broken/") === true;
    const target = new URL(incoming.url?.replace(/^\/broken/, "") ?? "", broken ? targets.brokenUrl : targets.apiUrl);
    const forwarded = request(target, { method: incoming.method, headers: { ...incoming.headers, host: target.host }, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => outgoing.destroy()).on("aborted", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("the client", () => {
  let workspace: Workspace;
  let server: ServerProcess;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  const breaking = (seed: number): Promise<HostileProxy> =>
    HostileProxy.start({ target: () => server.port, random: generator(seed), faults: ["end", "refuse", "reset"], count: 12, maxBytes: 20_000 });

  it.for(javaScriptRuntimes)("works in $name as it is installed", async ({ name, program, args }, context) => {
    if (program === null) skipBecause(context, `${name} is not there: scripts/lib/javascript-runtimes.mjs fetches it`);
    await using proxy = await breaking(7);
    const { PATH = "" } = process.env;
    const { stdout } = await promisify(execFile)(program, [...args, main, server.url, proxy.url], { env: { PATH, HOME: workspace.home, NO_COLOR: "1" } });
    expectAll(JSON.parse(stdout) as ScenarioFacts, proxy);
  });

  it("works in a browser, bundled", async (context) => {
    const executablePath = findChromium();
    if (executablePath === null) skipBecause(context, "there is no Chromium: install it, or set CHROMIUM_PATH");
    const bundle = await build({ entryPoints: [scenario], bundle: true, format: "iife", globalName: "scenario", platform: "browser", write: false, logLevel: "silent" });
    await using proxy = await breaking(11);
    await using page = await servePage(bundle.outputFiles[0]?.text.replace("var scenario", "globalThis.scenario") ?? "", { apiUrl: server.url, brokenUrl: proxy.url });
    const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    const browser = await chromium.launch({ executablePath, headless: true, args: flags });
    try {
      const tab = await browser.newPage();
      const problems: string[] = [];
      tab.on("pageerror", (error) => problems.push(error.message));
      await tab.goto(page.url);
      await tab.waitForFunction("globalThis.scenario !== undefined");
      const options: ScenarioOptions = { apiUrl: page.url, brokenUrl: `${page.url}/broken` };
      const facts = await tab.evaluate<ScenarioFacts>(`globalThis.scenario.runScenario(${JSON.stringify(options)})`);
      expectAll(facts, proxy);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
