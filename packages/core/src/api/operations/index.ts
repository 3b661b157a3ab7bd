import { accessOperations } from "./access.ts";
import { adminOperations } from "./admin.ts";
import { agentOperations } from "./agents.ts";
import { fileOperations } from "./files.ts";
import { lifecycleOperations } from "./lifecycle.ts";
import { logOperations } from "./log.ts";
import { messageOperations } from "./messages.ts";
import type { Operation } from "./operation.ts";
import { permissionOperations } from "./permissions.ts";
import { sandboxOperations } from "./sandbox.ts";
import { serverOperations } from "./server.ts";
import { sessionOperations } from "./sessions.ts";
import { volumeFileOperations } from "./volume-files.ts";
import { volumeOperations } from "./volumes.ts";

/** Every route of the HTTP interface, described once. The server's routes, its description and its checks of scopes go by it. */
export const operations: readonly Operation[] = [
  ...sessionOperations,
  ...lifecycleOperations,
  ...messageOperations,
  ...permissionOperations,
  ...logOperations,
  ...sandboxOperations,
  ...fileOperations,
  ...volumeOperations,
  ...volumeFileOperations,
  ...agentOperations,
  ...adminOperations,
  ...serverOperations,
  ...accessOperations,
];
