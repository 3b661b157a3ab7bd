export const systemNames = ["bare-stdio", "supervisor", "sandbox-agent", "server-pglite", "server-postgres"] as const;
export type SystemName = (typeof systemNames)[number];

export const isSystemName = (name: string): name is SystemName => systemNames.some((known) => known === name);

/** Called with the text of each update, as soon as this process has it parsed. */
export type OnUpdate = (text: string) => void;

/** A session with a scripted agent that is running. */
export interface Conversation extends AsyncDisposable {
  /** Sends a prompt; resolves when the agent's answer to it is here. Where updates come by another connection, some may arrive later. */
  prompt(script: string, onUpdate: OnUpdate): Promise<void>;
  /** Runs `true` in the agent's sandbox. */
  exec(): Promise<void>;
  /** Writes a file, to be read by `read`. */
  write(path: string, content: string): Promise<void>;
  /** Reads a file; answers its length. */
  read(path: string): Promise<number>;
}

/** One way to reach an agent, up and running. */
export interface System extends AsyncDisposable {
  readonly name: SystemName;
  /** Starts an agent and opens a session with it. */
  open(): Promise<Conversation>;
  /** The process between agent and client; undefined where there is none. */
  readonly pid: number | undefined;
}

/** What a system needs of the run. */
export interface Surroundings {
  /** An existing directory for this system alone. Its path marks every process that is started for it. */
  readonly directory: string;
  /** Node flags that make a process write its profile when it ends. */
  readonly profileFlags: readonly string[];
}
