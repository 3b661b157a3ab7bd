export { Agent } from "./agent.ts";
export type { AgentOptions } from "./agent.ts";
export { ApiClient } from "./api-client.ts";
export { everyItem } from "./call-options.ts";
export type { CallOptions, EventStreamOptions, ListPage } from "./call-options.ts";
export type { Answer } from "./answer.ts";
export { ApiError, ClientError, isApiError, isPromptError, PromptError } from "./errors.ts";
export type { ClientErrorCode } from "./errors.ts";
export { toAgentEvent } from "./events/from-message.ts";
export type {
  AgentEvent, CommandsEvent, DoneEvent, Elicitation, ErrorEvent, OtherEvent, PermissionEvent, PermissionOption, PlanEvent, ReasoningEvent, RestoredEvent, TextEvent, ToolEvent, ToolResultEvent, UsageEvent,
} from "./events/agent-event.ts";
export type { RetryNotice, RetryOptions } from "./http/backoff.ts";
export type { TransportOptions, UploadContent } from "./http/transport.ts";
export { Sandbox } from "./sandbox.ts";
export type { ExecOptions } from "./sandbox.ts";
export { SandboxFiles } from "./sandbox-files.ts";
export type { FileChange } from "./sandbox-files.ts";
export { Session } from "./session.ts";
export type { Message, PromptOptions } from "./session.ts";
export type { StreamEvent } from "./stream/follow.ts";
