import { project } from "@agent-sdk/vitest-config";

export default project("core");
