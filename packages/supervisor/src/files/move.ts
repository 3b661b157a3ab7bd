import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, rm, rmdir, unlink } from "node:fs/promises";
import type { Location } from "./locate.ts";

/** Removes a file, a link or a whole directory. Each directory is entered by a handle, so that a symlink put in its place is never followed. */
export async function removeTree(path: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return unlink(path);
  // Without /proc there is no way to enter by handle.
  if (process.platform !== "linux") return rm(path, { recursive: true });
  {
    await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const directory = `/proc/self/fd/${handle.fd}`;
    for (const name of await readdir(directory)) await removeTree(`${directory}/${name}`);
  }
  await rmdir(path);
}

/**
 * Renames and fails with EEXIST or ENOTEMPTY when the target exists, without a moment in which another could make it: a second link to a file is
 * refused by the system when the name is taken, and a directory may replace only the empty one that was made for it.
 */
export async function renameWithoutOverwrite(source: Location, target: Location): Promise<void> {
  if ((await lstat(source.path)).isDirectory()) {
    await mkdir(target.path);
    try {
      await rename(source.path, target.path);
    } catch (error) {
      await rmdir(target.path).catch(() => undefined);
      throw error;
    }
  } else {
    await link(source.path, target.path);
    await unlink(source.path);
  }
}
