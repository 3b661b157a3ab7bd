export { openStore } from "./open-store.ts";
export type { OpenedStore, OpenStoreOptions, StoreLocation } from "./open-store.ts";
