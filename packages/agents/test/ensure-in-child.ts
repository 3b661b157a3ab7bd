import { catalogueFor } from "./fixture.ts";

const [directory = "", registry = ""] = process.argv.slice(2);
await catalogueFor(directory, registry).ensureRuntime("packaged");
