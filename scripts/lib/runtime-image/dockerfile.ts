import { supervisorVersion } from "@agent-sdk/provider-docker";
import type { ImageContents } from "./contents.ts";

/** The sandbox's user, whatever the base has under that number; HOME is mounted over, the other two directories are its own. */
const addUser = `set -e; \\
  if getent group 1000 >/dev/null; then groupmod --new-name agent "$(getent group 1000 | cut -d: -f1)"; else groupadd --gid 1000 agent; fi; \\
  if getent passwd 1000 >/dev/null; then usermod --login agent --home /home/agent --shell /bin/bash "$(getent passwd 1000 | cut -d: -f1)"; \\
  else useradd --uid 1000 --gid 1000 --home-dir /home/agent --shell /bin/bash agent; fi; \\
  install -d -o 1000 -g 1000 -m 700 /home/agent /var/lib/agent-sdk /volume`;

const packages = "ca-certificates curl git less procps ripgrep";

function node({ bringsNode }: ImageContents): readonly string[] {
  if (!bringsNode) {
    return [`RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`];
  }
  return [
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx",
  ];
}

/** What changes most often stands last: a new supervisor costs one small layer. */
export function dockerfile(base: string, contents: ImageContents): string {
  const version = supervisorVersion();
  const agents = contents.agents.map(({ id, version: agentVersion }) => `${id}@${agentVersion}`).join(",");
  return [
    `FROM ${base}`,
    ...node(contents),
    `RUN ${addUser}`,
    "RUN install -d /opt/agent-sdk/runtime /opt/agent-sdk/bin",
    ...contents.agents.map(({ id }) => `COPY runtime/${id} /opt/agent-sdk/runtime/${id}`),
    "COPY supervisor.mjs /opt/agent-sdk/supervisor.mjs",
    `LABEL agent-sdk.supervisor="${version}" agent-sdk.node="/usr/local/bin/node" agent-sdk.agents="${agents}"`,
    "USER 1000:1000",
    "WORKDIR /home/agent",
    'ENTRYPOINT ["/usr/local/bin/node", "/opt/agent-sdk/supervisor.mjs"]',
    "",
  ].join("\n");
}
