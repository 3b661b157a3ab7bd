export { startTestPostgres } from "./test-postgres.ts";
export type { ShutdownMode, TestPostgres } from "./test-postgres.ts";
