import { AgentSdkError } from "@agent-sdk/core";

/** Where the engine answers. */
export type EngineAddress =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly secure: boolean };

const defaultSocket = "unix:///var/run/docker.sock";

function tcpAddress(text: string, secure: boolean): EngineAddress {
  const { hostname, port } = new URL(text.replace(/^tcp:/, "http:"));
  return { kind: "tcp", host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? (secure ? 2376 : 2375) : Number(port), secure };
}

/**
 * Reads `DOCKER_HOST`; without one, the usual socket.
 * @throws AgentSdkError `bad_request` for a form that is not supported.
 */
export function parseEngineAddress(text: string | undefined, options: { readonly secure: boolean }): EngineAddress {
  const given = text ?? defaultSocket;
  const path = /^unix:\/\/(\/.+)$/.exec(given)?.[1];
  if (path !== undefined) return { kind: "socket", path };
  const isUrl = /^(tcp|https?):\/\//.test(given) && URL.canParse(given.replace(/^tcp:/, "http:"));
  if (isUrl) return tcpAddress(given, options.secure || given.startsWith("https:"));
  throw new AgentSdkError("bad_request", "DOCKER_HOST must be unix:///path, tcp://host:port or https://host:port.");
}

/** Whether the engine's loopback interface, and with it what is published there, is this process's own. */
export function isOnThisMachine(address: EngineAddress): boolean {
  return address.kind === "socket" || /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(address.host);
}
