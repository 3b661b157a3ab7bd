import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom PostgreSQL runs as when this process is root, which it refuses: the system's `postgres` or `nobody`. Null for anybody else.
 * No user is made: a test changes nothing on the machine.
 */
export async function unprivilegedUser(): Promise<ProcessUser | null> {
  if (userInfo().uid !== 0) return null;
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.");
}
