import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { findBinaries } from "./binaries.ts";
import type { ProcessUser } from "./unprivileged-user.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

/** As pg_ctl names them: `fast` ends connections and closes well, `immediate` is a crash, after which the server recovers from its log. */
export type ShutdownMode = "fast" | "immediate";

export interface TestPostgres extends AsyncDisposable {
  /** Of the database `postgres`; stays the same over restarts. */
  readonly url: string;
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  stop(mode?: ShutdownMode): Promise<void>;
  start(): Promise<void>;
  restart(mode?: ShutdownMode): Promise<void>;
}

interface Cluster {
  readonly directory: string;
  readonly binaries: { readonly initdb: string; readonly postgres: string };
  readonly user: ProcessUser | null;
  readonly port: number;
}

/** The last part of what a process said, for its error. */
function collectOutput(child: ChildProcess): () => string {
  let output = "";
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return () => output;
}

function run(cluster: Pick<Cluster, "user">, command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { ...cluster.user, cwd: "/", stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" } });
}

async function initialise(cluster: Cluster): Promise<void> {
  const data = join(cluster.directory, "data");
  const flags = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  const child = run(cluster, cluster.binaries.initdb, [`--pgdata=${data}`, ...flags]);
  const output = collectOutput(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`initdb failed:\n${output()}`);
}

/** A port that was free a moment ago: PostgreSQL cannot be told to choose one. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function launch(cluster: Cluster, url: string): Promise<ChildProcess> {
  const settings = { listen_addresses: "127.0.0.1", port: cluster.port, unix_socket_directories: "", max_connections: 100, shared_buffers: "64MB", fsync: "on", synchronous_commit: "on" };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = run(cluster, cluster.binaries.postgres, ["-D", join(cluster.directory, "data"), ...args]);
  const output = collectOutput(child);
  while (!(await canConnect(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`postgres did not start:\n${output()}`);
    await delay(50);
  }
  return child;
}

async function shutDown(child: ChildProcess, mode: ShutdownMode): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
  await closed;
}

async function createDatabase(url: string, name: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(name)} strategy file_copy`);
  } finally {
    await client.end();
  }
  return url.replace(/\/postgres$/u, `/${name}`);
}

/**
 * Starts a PostgreSQL of its own in a temporary directory, on loopback. Disposing it stops the server and removes the directory. Works
 * as root too. Needs about two seconds.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-postgres-"));
  try {
    const user = await unprivilegedUser();
    if (user !== null) await chown(directory, user.uid, user.gid);
    const binaries = await findBinaries({ scratch: directory, asOther: user !== null });
    const cluster: Cluster = { directory, binaries, user, port: await freePort() };
    await initialise(cluster);
    return await running(cluster);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function running(cluster: Cluster): Promise<TestPostgres> {
  const url = `postgres://postgres@127.0.0.1:${cluster.port}/postgres`;
  let child = await launch(cluster, url);
  let databases = 0;
  const stop = (mode: ShutdownMode = "fast"): Promise<void> => shutDown(child, mode);
  const start = async (): Promise<void> => {
    child = await launch(cluster, url);
  };
  return {
    url,
    createDatabase() {
      databases += 1;
      return createDatabase(url, `test_${databases}`);
    },
    stop,
    start,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await rm(cluster.directory, { recursive: true, force: true });
    },
  };
}
