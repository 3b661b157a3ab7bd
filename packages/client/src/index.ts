export { Agent } from "./agent.ts";
export type { AgentOptions } from "./agent.ts";
export { ApiClient } from "./api-client.ts";
export type { CallOptions, EventStreamOptions, ListPage } from "./api-client.ts";
export type { Answer } from "./answer.ts";
export { ApiError, PromptError } from "./errors.ts";
export type { ClientErrorCode } from "./errors.ts";
export { toAgentEvent } from "./events/from-message.ts";
export type {
  AgentEvent, CommandsEvent, DoneEvent, ErrorEvent, OtherEvent, PermissionEvent, PlanEvent, ReasoningEvent, RestoredEvent, TextEvent, ToolEvent, ToolResultEvent, UsageEvent,
} from "./events/agent-event.ts";
export type { RetryOptions } from "./http/backoff.ts";
export type { TransportOptions, UploadContent } from "./http/transport.ts";
export { Session } from "./session.ts";
export type { Message, PromptOptions } from "./session.ts";
export type { StreamEvent } from "./stream/follow.ts";
