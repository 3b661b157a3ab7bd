import { bestIsolation, describeRealAgent, serverKey } from "./support/real-agent.ts";

const claude = {
  id: "claude",
  entry: "0.100.0/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js",
  serverEnv: (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: serverKey }),
  asks: true,
};

await describeRealAgent(claude, "process");
if (bestIsolation === "namespace") await describeRealAgent(claude, "namespace");
