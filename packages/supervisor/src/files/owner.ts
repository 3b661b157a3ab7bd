/** Whose a new file is to be, where it is made by root for somebody else: a sandbox's user. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}
