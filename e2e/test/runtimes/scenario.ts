import { Agent, ApiClient, isApiError, isPromptError, type AgentEvent } from "@agent-sdk/client";

export interface ScenarioOptions {
  readonly apiUrl: string;
  /** A way to the same server that breaks connections. */
  readonly brokenUrl: string;
}

/** What came of everything that the client was asked to do, as JSON. */
export interface ScenarioFacts {
  readonly answer: string;
  readonly printed: string;
  readonly types: readonly string[];
  readonly counted: readonly number[];
  readonly seqs: readonly number[];
  readonly exitCode: number | null;
  readonly file: string;
  readonly downloaded: number;
  readonly recalled: string;
  readonly abortedWith: string;
  readonly cancelled: string;
  readonly failedWith: string;
  readonly refusedWith: string;
  readonly deleted: string;
}

const retry = { firstDelayMs: 5, maxDelayMs: 50 };
const count = 300;

async function typesOf(agent: Agent): Promise<{ readonly printed: string; readonly types: readonly string[] }> {
  const events: AgentEvent[] = [];
  for await (const event of agent.stream("/thought hm\n/say Hello\n/tool title=look\n/plan\n/usage used=5 size=10")) events.push(event);
  return { printed: events.map(String).join(""), types: [...new Set(events.map(({ type }) => type))].toSorted() };
}

/** Counts over connections that break. */
async function count300(sessionId: string, brokenUrl: string): Promise<{ readonly counted: readonly number[]; readonly seqs: readonly number[] }> {
  const agent = new Agent("counter", { apiUrl: brokenUrl, sessionId, retry });
  const counted: number[] = [];
  const seqs: number[] = [];
  for await (const event of agent.stream(`/emit count=${count} rate=600 size=200`)) {
    seqs.push(event.seq);
    const number = event.type === "text" ? /^#(\d+)/.exec(event.text)?.[1] : undefined;
    if (number !== undefined) counted.push(Number(number));
  }
  return { counted, seqs };
}

async function filesOf(agent: Agent): Promise<{ readonly file: string; readonly downloaded: number }> {
  const { files } = agent.sandbox;
  await files.write("notes/grüße.txt", "ü€😀");
  await files.write("big.bin", new Uint8Array(3_000_000));
  let downloaded = 0;
  const reader = (await files.download("big.bin")).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) downloaded += part.value.length;
  return { file: await files.readText("notes/grüße.txt"), downloaded };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "nothing";
  } catch (error) {
    if (isPromptError(error)) return error.kind;
    return isApiError(error) ? error.code : String(error);
  }
}

async function cancelOf(agent: Agent): Promise<string> {
  const running = agent.run("/hang");
  while (!(await agent.cancel())) await new Promise((resolve) => setTimeout(resolve, 20));
  return (await running).stopReason;
}

async function abortOf(agent: Agent): Promise<string> {
  const controller = new AbortController();
  const running = agent.run("/sleep ms=300", { signal: controller.signal });
  controller.abort("enough");
  return failureOf(running);
}

/** Uses the whole client, in whatever runs this. */
export async function runScenario({ apiUrl, brokenUrl }: ScenarioOptions): Promise<ScenarioFacts> {
  const fields = { agent_type: "demo", provider: "unix_local" } as const;
  const agent = new Agent("everywhere", { apiUrl, ...fields, retry });
  const { text: answer } = await agent.run("hello");
  const sessionId = await agent.sessionId();
  const again = new Agent("again", { apiUrl, sessionId });
  const facts = {
    answer,
    ...(await typesOf(agent)),
    ...(await count300(sessionId, brokenUrl)),
    exitCode: (await agent.sandbox.exec("exit 3")).exit_code,
    ...(await filesOf(agent)),
    recalled: (await again.run("/recall")).text,
    abortedWith: await abortOf(agent),
    cancelled: await cancelOf(agent),
    failedWith: await failureOf(agent.run("/error message=no")),
    refusedWith: await failureOf(new ApiClient({ apiUrl, retry }).getSession("00000000-0000-4000-8000-000000000000")),
  };
  const session = await agent.session();
  await session.delete();
  return { ...facts, deleted: await failureOf(session.status()) };
}
