import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** How often the package itself was fetched. */
  readonly downloads: number;
}

async function packTarball(name: string, version: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  try {
    await mkdir(join(folder, "package"));
    await writeFile(join(folder, "package", "package.json"), JSON.stringify({ name, version, bin: "index.js", scripts: { postinstall: "touch postinstall-ran" } }));
    await writeFile(join(folder, "package", "index.js"), "console.log('agent')\n");
    await promisify(execFile)("tar", ["-czf", "package.tgz", "package"], { cwd: folder });
    return await readFile(join(folder, "package.tgz"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A registry on loopback that has one package, served `delayMs` late. */
export async function startRegistry(name: string, version: string, delayMs = 0): Promise<Registry> {
  const tarball = await packTarball(name, version);
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  let downloads = 0;
  const server = createServer((request, response) => {
    if (request.url?.endsWith(".tgz")) {
      downloads += 1;
      setTimeout(() => response.end(tarball), delayMs);
    } else if (request.url === `/${name}`) {
      const manifest = { name, version, bin: { [name]: "index.js" }, dist: { tarball: `${url}/${name}/-/${name}-${version}.tgz`, integrity } };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: manifest } }));
    } else {
      response.writeHead(404).end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    get downloads() {
      return downloads;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
