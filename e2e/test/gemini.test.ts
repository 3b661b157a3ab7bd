import { bestIsolation, describeRealAgent, serverKey } from "./support/real-agent.ts";

const gemini = {
  id: "gemini",
  entry: "0.61.0/node_modules/@google/gemini-cli/bundle/gemini.js",
  serverEnv: (url: string) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: serverKey }),
  asks: true,
};

await describeRealAgent(gemini, bestIsolation);
