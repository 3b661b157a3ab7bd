import { bestIsolation, describeRealAgent, serverKey } from "./support/real-agent.ts";

const openCode = {
  id: "opencode",
  entry: `1.18.33/node_modules/opencode-${process.platform}-${process.arch}/bin/opencode`,
  serverEnv: (url: string) => ({ OPENROUTER_BASE_URL: `${url}/v1`, OPENROUTER_API_KEY: serverKey }),
  session: { model: "openrouter/vendor/scripted" },
  asks: true,
};

await describeRealAgent(openCode, bestIsolation);
