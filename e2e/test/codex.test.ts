import { bestIsolation, describeRealAgent, serverKey } from "./support/real-agent.ts";

const codex = {
  id: "codex",
  entry: "2.6.0/node_modules/@agentclientprotocol/codex-acp/dist/index.js",
  serverEnv: (url: string) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: serverKey }),
  // Newer models are given one tool that takes a program; this one is given tools to run a command and to apply a patch.
  session: { model: "gpt-5.5" },
  asks: false,
};

await describeRealAgent(codex, bestIsolation);
