import { AgentSdkError, type FileOperations } from "@agent-sdk/core";
import { isVolumeName, parseCreateVolume, parseDeleteFile, parseDeleteVolume, parsePathQuery, parseVolumeList, parseVolumeScope, volumeAnswer } from "@agent-sdk/core/api";
import { readJson } from "../http/body.ts";
import type { App, RequestContext, RouteDependencies } from "../http/context.ts";
import { nextLink } from "../http/next-link.ts";
import { addFileHandlers } from "./file-handlers.ts";

/** @throws AgentSdkError `not_found` for what can be neither an id nor a name. */
function volumeOf(context: RequestContext): string {
  const volume = context.req.param("volume") ?? "";
  if (!isVolumeName(volume)) throw new AgentSdkError("not_found", "There is no such volume.");
  return volume;
}

/** Volumes, and their files straight from the provider's storage. */
export function addVolumeRoutes(app: App, { pool: { volumes } }: RouteDependencies): void {
  app.post("/volumes", async (context) => {
    const request = parseCreateVolume(await readJson(context));
    return context.json(volumeAnswer(await volumes.create({ tenant: context.get("tenant"), ...request }, { signal: context.req.raw.signal })));
  });

  app.get("/volumes", async (context) => {
    const { items, nextCursor } = await volumes.list(context.get("tenant"), parseVolumeList(context.req.query()));
    if (nextCursor !== null) context.header("link", nextLink(context, nextCursor));
    return context.json(items.map(volumeAnswer));
  });

  app.get("/volumes/:volume", async (context) => context.json(volumeAnswer(await volumes.get(context.get("tenant"), volumeOf(context), parseVolumeScope(context.req.query())))));

  app.delete("/volumes/:volume", async (context) => {
    const options = parseDeleteVolume(context.req.query());
    await volumes.delete(context.get("tenant"), volumeOf(context), { ...options, signal: context.req.raw.signal });
    return context.body(null, 204);
  });

  const open = (context: RequestContext): Promise<FileOperations> => volumes.files(context.get("tenant"), volumeOf(context));
  addFileHandlers(app, "/volumes/:volume/files", open);

  app.get("/volumes/:volume/files/exists", async (context) => {
    const path = parsePathQuery(context.req.query());
    return context.json({ exists: await (await open(context)).exists(path, { signal: context.req.raw.signal }) });
  });

  app.post("/volumes/:volume/files/mkdir", async (context) => {
    const path = parseDeleteFile(await readJson(context));
    await (await open(context)).mkdir(path, { signal: context.req.raw.signal });
    return context.json({ status: "ok", path });
  });
}
