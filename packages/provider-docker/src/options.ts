import type { RuntimeEnv, SupervisorTransport } from "@agent-sdk/core";

export interface DockerOptions {
  readonly env: RuntimeEnv;
  readonly transport: SupervisorTransport;
  /** `unix:///path`, `tcp://host:port` or `https://host:port`. Defaults to `unix:///var/run/docker.sock`. */
  readonly host?: string | undefined;
  /** Speak TLS to a `tcp://` address. */
  readonly secure?: boolean | undefined;
  /** Where `ca.pem`, `cert.pem` and `key.pem` lie, for a secure connection. */
  readonly certificateDirectory?: string | undefined;
  /**
   * The runtime image, fetched when the engine does not have it. Defaults to the one that `scripts/build-runtime-image` made
   * with this installation's supervisor.
   */
  readonly image?: string | undefined;
  /** Stands in the names of this deployment's volumes: two deployments on one engine must differ in it. Defaults to `local`. */
  readonly deployment?: string | undefined;
  /**
   * A directory that this server and the engine's host see at the same path. Supervisors are then reached by sockets in it: the policy `none` needs that, and no
   * sandbox can reach another's supervisor. Made when it is missing. Without one, supervisors are reached by network.
   */
  readonly socketDirectory?: string | undefined;
  /** The network of sandboxes with the policy `open`. Defaults to `agent-sdk`, made when it is missing, in which sandboxes do not reach each other. */
  readonly network?: string | undefined;
  /** An address of the engine's host that this server reaches, for an engine on another machine. */
  readonly publishAddress?: string | undefined;
  /** `dockerfile` may name files below it, with their directory as context. Without one `dockerfile` is refused. */
  readonly contextDirectory?: string | undefined;
  /** What a sandbox may use where its recipe does not say. */
  readonly defaults?: { readonly cpus?: number | undefined; readonly memoryMib?: number | undefined; readonly maxProcesses?: number | undefined } | undefined;
}
