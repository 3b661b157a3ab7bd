import { mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { confinedFiles } from "./confined-files.ts";
import { makeDirectoryBelow } from "./make-directory-below.ts";

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "confined-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("makeDirectoryBelow", () => {
  it("makes every missing part, again and again", async () => {
    await using base = await temporaryDirectory();
    expect(await makeDirectoryBelow(base.path, "a/./b//c/")).toBe(join(base.path, "a/b/c"));
    expect(await makeDirectoryBelow(base.path, "a/b/c")).toBe(join(base.path, "a/b/c"));
  });

  it.each(["..", "a/../..", "/a", "", ".", "a\0b"])("refuses %j", async (path) => {
    await using base = await temporaryDirectory();
    await expect(makeDirectoryBelow(base.path, path)).rejects.toMatchObject({ code: "bad_request" });
    expect(await readdir(base.path)).toEqual([]);
  });

  it("follows no link and passes no file", async () => {
    await using base = await temporaryDirectory();
    await using elsewhere = await temporaryDirectory();
    await symlink(elsewhere.path, join(base.path, "link"));
    await writeFile(join(base.path, "file"), "");
    await expect(makeDirectoryBelow(base.path, "link/new")).rejects.toMatchObject({ code: "forbidden" });
    await expect(makeDirectoryBelow(base.path, "link")).rejects.toMatchObject({ code: "forbidden" });
    await expect(makeDirectoryBelow(base.path, "file/new")).rejects.toMatchObject({ code: "forbidden" });
    expect(await readdir(elsewhere.path)).toEqual([]);
  });
});

const isRoot = process.getuid?.() === 0;
describe.skipIf(!isRoot)(`an owner${isRoot ? "" : " (skipped: only root can give files away)"}`, () => {
  const owner = { uid: 12_345, gid: 12_346 };
  const ownerOf = async (path: string): Promise<unknown> => {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  };

  it("gets what is made, parents too, and keeps what is replaced", async () => {
    await using base = await temporaryDirectory();
    await makeDirectoryBelow(base.path, "a/b", { owner });
    const files = confinedFiles(base.path, { owner });
    await files.upload("c/d/file", new TextEncoder().encode("one"));
    await files.edit({ path: "c/d/file", oldString: "one", newString: "two" });
    await files.mkdir("e/f");
    for (const path of ["a", "a/b", "c", "c/d", "c/d/file", "e", "e/f"]) expect(await ownerOf(join(base.path, path)), path).toEqual(owner);
  });
});
