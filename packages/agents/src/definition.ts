import type { AgentConfig, AgentLaunch, JsonObject, SandboxPaths } from "@agent-sdk/core";

/** What has to lie in the runtime directory before the agent can be started, and how it gets there. */
export type AgentRuntime =
  /** Nothing: the agent's command is found inside the sandbox. */
  | { readonly kind: "none" }
  /** A package of the npm registry in exactly this version, with what it depends on. */
  | {
      readonly kind: "npm";
      readonly package: string;
      readonly version: string;
      /** The file that is started, relative to `node_modules`. */
      readonly entry: string;
      /**
       * Directories relative to `node_modules` of which one must exist. npm leaves out an optional package that it cannot fetch and still
       * succeeds; an agent whose native program comes that way names it here.
       */
      readonly oneOf?: readonly string[] | undefined;
    }
  /** A package of the npm registry in exactly this version, started by its own program. */
  | { readonly kind: "npm-bin"; readonly package: string; readonly version: string }
  /** An archive that is downloaded. `command`: what is started, relative to its root; `sha256` null: the registry has none. */
  | { readonly kind: "archive"; readonly url: string; readonly sha256: string | null; readonly command: string; readonly version: string }
  /** A package of PyPI that `uvx`, found in the sandbox, fetches by itself at the start. */
  | { readonly kind: "uvx"; readonly package: string; readonly version: string }
  /** One file on the server's machine, copied into the runtime directory. */
  | { readonly kind: "file"; readonly source: string };

/** Name to value; all of it may be secret. */
export type Credentials = Readonly<Record<string, string>>;

export interface SessionEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Credentials;
}

export interface LaunchRequest extends SessionEnvironment {
  readonly config: AgentConfig;
  readonly paths: SandboxPaths;
  readonly cwd: string;
  /** What the server was configured with: credentials, and where vendors are reached. Used only where the session brings none of its own. */
  readonly serverCredentials: Credentials;
  /** The session's policy is to be asked about what is risky; false where everything is allowed. */
  readonly asks: boolean;
}

/** Where an agent's credentials came from; `none` lets it answer −32000 (authentication required) by itself. */
export type CredentialSource = "session" | "server" | "none";

/**
 * A file that the agent wants to find in its HOME. It is written, readable for its owner alone, when it is missing, and again when `content` is another than
 * the one that was last written: what the agent made of it since then, a refreshed login for instance, is left alone.
 */
export interface LaunchFile {
  /** Relative to HOME. */
  readonly path: string;
  /** May be secret. */
  readonly content: string;
}

/** How to start an agent. `env` and `files` may hold credentials: never logged, never in an event. */
export interface AgentLaunchPlan extends AgentLaunch {
  readonly credentials: CredentialSource;
  /** Written before it is started. */
  readonly files: readonly LaunchFile[];
}

/** What an update says of the turn that it belongs to: it has failed, or it goes on after all. */
export type TurnSign = "failed" | "recovered";

/** How one setting of a live conversation is changed: by a config option, or by a method of its own. */
export type SettingCarrier =
  | { readonly method: "session/set_config_option"; readonly configId: string }
  | { readonly method: "session/set_mode" }
  /** Removed from the protocol in June 2026; some agents know nothing else. Its answer does not tell whether the model exists. */
  | { readonly method: "session/set_model" };

/** Null: the agent has no such setting. */
export interface SettingCarriers {
  readonly model: SettingCarrier | null;
  readonly mode: SettingCarrier | null;
  readonly thoughtLevel: SettingCarrier | null;
}

/** How an agent behaves where agents differ. Facts about its version, not wishes. */
export interface AgentBehaviour {
  /** The mode in which it asks for what is risky; null when it has no modes. */
  readonly askingMode: string | null;
  /** The mode in which it asks for nothing; null when it has none. May be missing in what it advertises: check before use. */
  readonly permissiveMode: string | null;
  /** The modes that it had in this version, for catalogues; what counts is what it advertises. */
  readonly modes: readonly string[];
  readonly settings: SettingCarriers;
  /** Model, mode or thought level are back at their defaults after a restore and have to be applied again. */
  readonly forgetsSettings: boolean;
  /** Whether a conversation that never had a prompt can be loaded. Where not, making it anew loses nothing. */
  readonly loadsUnprompted: boolean;
  /** A conversation can be loaded only in the working directory that it was begun in. */
  readonly loadsOnlyInItsDirectory: boolean;
  /** Loading a conversation within the wall clock's minute in which it was begun fails, and makes every later attempt fail. */
  readonly loadsOnlyAfterItsMinute: boolean;
  /** It goes on repeating a loaded conversation after it has answered that it is loaded. */
  readonly repeatsAfterLoading: boolean;
  /** It says in words of its own, as if they were the model's, that its mode was changed. */
  readonly saysModeChanges: boolean;
  /** An open permission request has to be answered `cancelled` before it honours a cancel. */
  readonly cancelWaitsForPermissions: boolean;
  /** Error codes that mean refused or missing credentials, besides the protocol's own −32000. */
  readonly loginErrorCodes: readonly number[];
}

/** One agent of the catalogue. */
export interface AgentDefinition {
  /** What callers give as `agent_type`. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly runtime: AgentRuntime;
  /** Bytes that its runtime takes when it is installed; undefined where nobody has measured it. */
  readonly runtimeBytes?: number | undefined;
  /** Names of its credential variables. In a session's `env` they are refused: they belong into `secrets`. */
  readonly credentialNames: readonly string[];
  /** Variables that say where its vendor is reached. The server's own belong to the server's credentials. */
  readonly endpointNames: readonly string[];
  readonly behaviour: AgentBehaviour;
  /** What a sandbox of this session starts with: `env` and `secrets` without the agent's credentials, which go to the agent alone. */
  sandboxEnvironment(session: SessionEnvironment): Readonly<Record<string, string>>;
  /** @throws AgentSdkError `bad_request` when the configuration lacks what this agent needs. */
  launch(request: LaunchRequest): AgentLaunchPlan;
  /** For an agent that ends a failed turn as if it were done: what the `update` of a `session/update` says of the turn, null for nothing. */
  turnSign?(update: JsonObject): TurnSign | null;
}
