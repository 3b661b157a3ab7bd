import { constants } from "node:fs";
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileOperations, isAgentSdkError } from "@agent-sdk/core";
import { describe, expect, test } from "vitest";
import { confinedFiles } from "../src/files/index.ts";
import { startSupervisor } from "./harness.ts";

interface Fixture extends AsyncDisposable {
  readonly files: FileOperations;
  readonly root: string;
  /** A directory beside the root that must never change. */
  readonly outside: string;
}

async function direct(): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-files-"));
  const [root, outside] = [join(directory, "root"), join(directory, "outside")];
  await Promise.all([mkdir(root), mkdir(outside)]);
  await writeFile(join(outside, "secret"), "secret");
  return { files: confinedFiles(root), root, outside, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function throughSupervisor(): Promise<Fixture> {
  const supervisor = await startSupervisor({ listen: "unix" });
  const outside = join(supervisor.directory, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  return { files: supervisor.client.files, root: supervisor.root, outside, [Symbol.asyncDispose]: () => supervisor[Symbol.asyncDispose]() };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function readStream(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each([
  ["direct", direct],
  ["through the supervisor", throughSupervisor],
])("confined files, %s", (_name, create) => {
  test("write, read, list, move and remove", async () => {
    await using fixture = await create();
    const { files } = fixture;
    expect(await files.upload("a/b/c.txt", Buffer.from("hello"))).toEqual({ size: 5 });
    expect(text(await files.read("a/b/c.txt"))).toBe("hello");
    expect(text(await files.read(join(fixture.root, "a/b/c.txt")))).toBe("hello");
    await files.mkdir("d/e");
    await files.mkdir("d/e");
    expect((await files.tree("")).map((entry) => [entry.path, entry.kind, entry.size])).toEqual([
      ["a", "directory", 0],
      ["d", "directory", 0],
      ["a/b", "directory", 0],
      ["a/b/c.txt", "file", 5],
      ["d/e", "directory", 0],
    ]);
    expect(await files.tree("", { maxEntries: 2 })).toHaveLength(2);
    await files.rename("a/b/c.txt", "d/c.txt", { overwrite: false });
    expect(await files.exists("a/b/c.txt")).toBe(false);
    expect(await files.exists("d/c.txt")).toBe(true);
    await files.remove("d");
    expect(await files.exists("d/c.txt")).toBe(false);
    await expect(files.read("d/c.txt")).rejects.toMatchObject({ code: "not_found" });
    await expect(files.remove("d")).rejects.toMatchObject({ code: "not_found" });
  });

  test("edit replaces once, all, or refuses", async () => {
    await using fixture = await create();
    const { files } = fixture;
    await files.edit({ path: "f", content: "one two one $&" });
    await expect(files.edit({ path: "f", oldString: "none", newString: "" })).rejects.toMatchObject({ code: "not_found" });
    await expect(files.edit({ path: "f", oldString: "one", newString: "1" })).rejects.toMatchObject({ code: "conflict", details: { matches: 2 } });
    expect(await files.edit({ path: "f", oldString: "one", newString: "$1", replaceAll: true })).toEqual({ replacements: 2 });
    expect(text(await files.read("f"))).toBe("$1 two $1 $&");
    await files.upload("binary", Buffer.of(0xff, 0x61));
    await expect(files.edit({ path: "binary", oldString: "a", newString: "b" })).rejects.toMatchObject({ code: "bad_request" });
  });

  test("large files stream, and read refuses them", async () => {
    await using fixture = await create();
    const { files } = fixture;
    const chunk = Buffer.alloc(1024 * 1024, 7);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let n = 0; n < 24; n++) controller.enqueue(chunk);
        controller.close();
      },
    });
    expect(await files.upload("large", body)).toEqual({ size: 24 * chunk.length });
    await expect(files.read("large")).rejects.toMatchObject({ code: "too_large" });
    await expect(files.read("large", { maxBytes: 10 })).rejects.toMatchObject({ code: "too_large" });
    const { size, body: content } = await files.download("large");
    expect(size).toBe(24 * chunk.length);
    expect((await readStream(content)).equals(Buffer.concat(Array.from({ length: 24 }, () => chunk)))).toBe(true);
    const empty = await files.upload("empty", Buffer.alloc(0));
    expect(empty).toEqual({ size: 0 });
    expect((await readStream((await files.download("empty")).body)).length).toBe(0);
  });

  test("an upload that breaks off leaves the old content and nothing else", async () => {
    await using fixture = await create();
    const { files } = fixture;
    await files.upload("f", Buffer.from("old"));
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(Buffer.from("new"));
        controller.error(new Error("broken"));
      },
    });
    await expect(files.upload("f", broken)).rejects.toThrow();
    await expect.poll(() => readdir(fixture.root)).toEqual(["f"]);
    expect(text(await files.read("f"))).toBe("old");
  });

  test("a rename without overwriting never replaces", async () => {
    await using fixture = await create();
    const { files } = fixture;
    await files.upload("a", Buffer.from("a"));
    await files.upload("b", Buffer.from("b"));
    await files.mkdir("x/inner");
    await files.mkdir("y");
    await expect(files.rename("a", "b", { overwrite: false })).rejects.toMatchObject({ code: "conflict" });
    await expect(files.rename("x", "y", { overwrite: false })).rejects.toMatchObject({ code: "conflict" });
    expect(text(await files.read("b"))).toBe("b");
    await files.rename("x", "z", { overwrite: false });
    expect(await files.exists("z/inner")).toBe(true);
    await files.rename("a", "b");
    expect(text(await files.read("b"))).toBe("a");
  });

  test("of many renames to one name exactly one wins", async () => {
    await using fixture = await create();
    const { files } = fixture;
    await Promise.all(Array.from({ length: 16 }, (_, n) => files.upload(`from-${n}`, Buffer.from(String(n)))));
    const results = await Promise.allSettled(Array.from({ length: 16 }, (_, n) => files.rename(`from-${n}`, "to", { overwrite: false })));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    expect(refused.every((error) => isAgentSdkError(error, "conflict"))).toBe(true);
    expect(await readdir(fixture.root)).toHaveLength(16);
  });

  const attacks: readonly (readonly [string, string])[] = [
    ["a parent", "../outside/secret"],
    ["a parent in the middle", "a/../../outside/secret"],
    ["an absolute path", "/etc/passwd"],
    ["a symlink to a file", "link-file"],
    ["a symlink to a directory", "link-directory/secret"],
    ["a relative symlink", "link-relative/secret"],
    ["a chain of symlinks", "link-chain/secret"],
    ["a symlink to the root directory", "link-slash/etc/passwd"],
    ["a loop of symlinks", "loop/x"],
    ["a prefix of the root's name", "link-sibling/x"],
  ];

  test.each(attacks)("%s is refused for every operation", async (_attack, path) => {
    await using fixture = await create();
    const { files, root, outside } = fixture;
    await mkdir(`${root}-sibling`);
    await Promise.all([
      mkdir(join(root, "a")),
      symlink(join(outside, "secret"), join(root, "link-file")),
      symlink(outside, join(root, "link-directory")),
      symlink("../outside", join(root, "link-relative")),
      symlink("link-relative", join(root, "link-chain")),
      symlink("/", join(root, "link-slash")),
      symlink("loop", join(root, "loop")),
      symlink(`${root}-sibling`, join(root, "link-sibling")),
      writeFile(join(root, "own"), "own"),
    ]);
    const refused = { code: "forbidden" };
    await expect(files.read(path)).rejects.toMatchObject(refused);
    await expect(files.download(path)).rejects.toMatchObject(refused);
    await expect(files.upload(path, Buffer.from("x"))).rejects.toMatchObject(refused);
    await expect(files.edit({ path, content: "x" })).rejects.toMatchObject(refused);
    await expect(files.tree(path)).rejects.toMatchObject(refused);
    await expect(files.mkdir(path)).rejects.toMatchObject(refused);
    await expect(files.exists(path)).rejects.toMatchObject(refused);
    if (path !== "link-file") {
      await expect(files.remove(path)).rejects.toMatchObject(refused);
      await expect(files.rename(path, "taken")).rejects.toMatchObject(refused);
      await expect(files.rename("own", path)).rejects.toMatchObject(refused);
    }
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
    expect(await readdir(outside)).toEqual(["secret"]);
  });

  test("the root itself, NUL and wrong kinds are refused", async () => {
    await using fixture = await create();
    const { files } = fixture;
    await files.mkdir("d");
    await expect(files.remove("")).rejects.toMatchObject({ code: "forbidden" });
    await expect(files.rename(".", "x")).rejects.toMatchObject({ code: "forbidden" });
    await expect(files.read("a\0b")).rejects.toMatchObject({ code: "bad_request" });
    await expect(files.read("d")).rejects.toMatchObject({ code: "bad_request" });
    await expect(files.upload("d", Buffer.from("x"))).rejects.toMatchObject({ code: "bad_request" });
    await expect(files.read("d/missing/deep")).rejects.toMatchObject({ code: "not_found" });
  });

  test("a symlink that stays inside is followed, and removed as a link", async () => {
    await using fixture = await create();
    const { files, root } = fixture;
    await files.upload("real/f", Buffer.from("1"));
    await symlink("real", join(root, "relative"));
    await symlink(join(root, "real"), join(root, "absolute"));
    await symlink("../real/f", join(root, "real", "up"));
    expect(text(await files.read("relative/f"))).toBe("1");
    expect(text(await files.read("absolute/f"))).toBe("1");
    expect(text(await files.read("real/up"))).toBe("1");
    await files.upload("real/up", Buffer.from("2"));
    expect(text(await files.read("real/f"))).toBe("2");
    expect((await lstat(join(root, "real", "up"))).isSymbolicLink()).toBe(true);
    await files.remove("relative");
    expect(text(await files.read("real/f"))).toBe("2");
  });
});

test("swapping a directory for a symlink while files are used leads nowhere outside", async () => {
  await using fixture = await direct();
  const { files, root, outside } = fixture;
  await mkdir(join(root, "d"));
  await writeFile(join(root, "d", "secret"), "inside");
  await writeFile(join(outside, "other"), "other");
  await symlink(outside, join(root, "evil"));
  let swapping = true;
  const swapper = (async () => {
    while (swapping) {
      await rename(join(root, "d"), join(root, "kept"));
      await rename(join(root, "evil"), join(root, "d"));
      await rename(join(root, "d"), join(root, "evil"));
      await rename(join(root, "kept"), join(root, "d"));
    }
  })();
  const seen = new Set<string>();
  for (let n = 0; n < 400; n++) {
    const results = await Promise.allSettled([files.read("d/secret").then(text), files.edit({ path: "d/secret", oldString: "inside", newString: "inside" }), files.remove("d/other")]);
    for (const result of results) if (result.status === "fulfilled" && typeof result.value === "string") seen.add(result.value);
    for (const result of results) if (result.status === "rejected") expect(isAgentSdkError(result.reason)).toBe(true);
  }
  swapping = false;
  await swapper;
  expect([...seen]).toEqual(["inside"]);
  expect((await readdir(outside)).toSorted()).toEqual(["other", "secret"]);
  expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
});

test("a pipe in the root does not hang a read", async () => {
  await using supervisor = await startSupervisor();
  await supervisor.client.exec({ command: "mkfifo pipe", timeoutMs: 5000 });
  await expect(supervisor.client.files.read("pipe")).rejects.toMatchObject({ code: "bad_request" });
  await using handle = await open(join(supervisor.root, "pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
  expect((await handle.stat()).isFIFO()).toBe(true);
});

test("an upload that is refused while it is sent is answered with the reason, and its connection goes on", async () => {
  await using supervisor = await startSupervisor({ listen: "unix" });
  const { files } = supervisor.client;
  await files.upload("file", Buffer.from("content"));
  const chunks = (): ReadableStream<Uint8Array> => ReadableStream.from<Uint8Array>([Buffer.alloc(10), Buffer.alloc(100_000), Buffer.alloc(10)]);
  const refused: unknown[] = [];
  for (let round = 0; round < 100; round += 1) {
    const uploads = [files.upload("file/below", chunks()), files.upload(".", chunks()), files.upload("file/below", chunks()), files.upload("new", chunks())];
    const outcomes = await Promise.allSettled(uploads);
    refused.push(...outcomes.filter((outcome) => outcome.status === "rejected").map((outcome) => (isAgentSdkError(outcome.reason) ? outcome.reason.code : outcome.reason)));
  }
  expect(refused).toHaveLength(300);
  expect(new Set(refused)).toEqual(new Set(["bad_request", "forbidden", "not_found"].filter((code) => refused.includes(code))));
  expect(text(await files.read("file"))).toBe("content");
});
