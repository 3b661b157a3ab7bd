export type { CreateSession, FeedItem, LogRow, NewMessage, SandboxView, SessionService, SessionStatus, SubscribeOptions, Subscription } from "./session-service.ts";
