export { dockerProvider } from "./docker-provider.ts";
export type { DockerProvider } from "./docker-provider.ts";
export type { DockerOptions } from "./options.ts";
export { runtimeReference, supervisorVersion } from "./image/runtime-image.ts";
