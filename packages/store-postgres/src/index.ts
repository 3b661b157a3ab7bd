export { openStore } from "./open-store.ts";
export type { EncryptionKey } from "./encryption/key-ring.ts";
export type { OpenedStore, OpenStoreOptions, StoreLocation } from "./open-store.ts";
