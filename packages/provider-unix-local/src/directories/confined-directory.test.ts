import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { liesIn, workingDirectory } from "./confined-directory.ts";

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "confined-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("workingDirectory", () => {
  it("is HOME, or a directory below it that is made, or one that is there", async () => {
    await using home = await temporaryDirectory();
    await mkdir(join(home.path, "there"));
    await symlink("there", join(home.path, "link"));
    const at = (cwd: string | null): Promise<string> => workingDirectory({ home: home.path, cwd, outside: false });
    expect(await at(null)).toBe(home.path);
    expect(await at("made/here")).toBe(join(home.path, "made/here"));
    expect(await at(join(home.path, "absolute"))).toBe(join(home.path, "absolute"));
    expect(await at("link")).toBe(join(home.path, "there"));
  });

  it("is outside of HOME only where that is allowed and it exists", async () => {
    await using home = await temporaryDirectory();
    await using elsewhere = await temporaryDirectory();
    await symlink(elsewhere.path, join(home.path, "link"));
    for (const cwd of ["..", "../x", elsewhere.path, "link", "link/new"]) {
      await expect(workingDirectory({ home: home.path, cwd, outside: false }), cwd).rejects.toMatchObject({ code: expect.stringMatching(/bad_request|forbidden/) });
    }
    expect(await workingDirectory({ home: home.path, cwd: elsewhere.path, outside: true })).toBe(elsewhere.path);
    await expect(workingDirectory({ home: home.path, cwd: join(elsewhere.path, "missing"), outside: true })).rejects.toMatchObject({ code: "bad_request" });
    expect(await readdir(elsewhere.path)).toEqual([]);
  });

  it("compares directories by their parts", () => {
    expect([liesIn("/a", "/a"), liesIn("/a", "/a/b"), liesIn("/a", "/ab"), liesIn("/a/b", "/a"), liesIn("/a", "/a/..b")]).toEqual([true, true, false, false, true]);
  });
});
