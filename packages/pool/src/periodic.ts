export { Periodic } from "@agent-sdk/core";
