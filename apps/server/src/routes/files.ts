import { sessionIdOf, type App, type RouteDependencies } from "../http/context.ts";
import { addFileHandlers } from "./file-handlers.ts";

/** The files below a session's root. */
export function addFileRoutes(app: App, { service }: RouteDependencies): void {
  addFileHandlers(app, "/sessions/:id/files", (context) => service.files(context.get("tenant"), sessionIdOf(context), { signal: context.req.raw.signal }));
}
