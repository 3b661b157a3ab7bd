import { rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config.ts";

/** How much of a stream may wait in a socket before its reader counts as slow, in bytes. */
const streamBufferBytes = 256 * 1024;

/** Listens, and resolves when connections are accepted. A socket file that an earlier supervisor left is replaced. */
export function listen(listener: RequestListener, address: ListenAddress): Promise<Server> {
  // Exec and long streams take as long as they take: the callers have deadlines of their own.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0, highWaterMark: streamBufferBytes, noDelay: true }, listener);
  server.timeout = 0;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = (): void => {
      server.off("error", reject);
      resolve(server);
    };
    if ("socket" in address) {
      rmSync(address.socket, { force: true });
      server.listen({ path: address.socket }, done);
    } else server.listen({ host: address.host, port: address.port }, done);
  });
}

/** Where it listens, as the ready file tells it. */
export function addressOf(server: Server): { socket: string } | { host: string; port: number } {
  const address = server.address();
  if (typeof address === "string") return { socket: address };
  const { address: host, port } = address as AddressInfo;
  return { host, port };
}
