import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest path that every system's socket address holds, one byte short of macOS's 104. */
const longestSocketPath = 103;

/** Where everything of one home directory lies. */
export interface Layout {
  readonly home: string;
  readonly volumes: string;
  readonly sandboxes: string;
  sandbox(id: string): SandboxLayout;
}

/** Where everything of one sandbox lies. Only `run` (and `temporary`, `socket`) is its own to write; the rest is the server's word about it. */
export interface SandboxLayout {
  readonly directory: string;
  readonly marker: string;
  readonly log: string;
  readonly bubblewrapInfo: string;
  readonly passwd: string;
  readonly group: string;
  readonly run: string;
  readonly state: string;
  readonly ready: string;
  readonly temporary: string;
}

export function layoutOf(home: string): Layout {
  const sandboxes = join(home, "sandboxes");
  return { home, sandboxes, volumes: join(home, "volumes"), sandbox: (id) => sandboxLayout(join(sandboxes, id)) };
}

export function sandboxLayout(directory: string): SandboxLayout {
  const run = join(directory, "run");
  return {
    directory,
    marker: join(directory, "sandbox.json"),
    log: join(directory, "supervisor.log"),
    bubblewrapInfo: join(directory, "bubblewrap.json"),
    passwd: join(directory, "passwd"),
    group: join(directory, "group"),
    run,
    state: join(run, "state"),
    ready: join(run, "ready"),
    temporary: join(directory, "tmp"),
  };
}

export interface SocketPlace {
  readonly path: string;
  /** A directory that exists for the socket alone, because the sandbox's own path is too long for a socket's address. */
  readonly ownDirectory: string | null;
}

/** Chooses where the supervisor listens; makes nothing. */
export function socketPlace(sandbox: SandboxLayout): SocketPlace {
  const path = join(sandbox.run, "s");
  if (Buffer.byteLength(path) <= longestSocketPath) return { path, ownDirectory: null };
  const ownDirectory = join(tmpdir(), `agent-sdk-${randomBytes(9).toString("base64url")}`);
  return { path: join(ownDirectory, "s"), ownDirectory };
}
