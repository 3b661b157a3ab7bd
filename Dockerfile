# The server with the packages of this repository. A beginning: nothing builds it in CI yet; deployment has its own issue.
#
#   docker build -t agent-sdk .
#   docker run --rm -p 7778:7778 -e AGENT_SDK_API_KEY=… -v agent-sdk:/data agent-sdk
#
# Sandboxes are processes in this container, next to the server: what separates them from the world is the container.

FROM node:24-bookworm-slim AS build
WORKDIR /repository
COPY . .
RUN bash -euo pipefail -c 'source scripts/lib/toolchain.sh; use_node; install_workspace; build_workspace; use_pnpm; pnpm --filter @agent-sdk/server deploy --prod --legacy /server'

FROM node:24-bookworm-slim
# tini ends what sandboxes leave to process 1; git and ca-certificates are for the agents.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 700 /data
COPY --from=build /server /server
USER node
# Others reach this address, so the server asks for AGENT_SDK_API_KEY and does not start without one.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=7778 AGENT_SDK_HOME=/data
VOLUME /data
EXPOSE 7778
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "/server/dist/main.js"]
