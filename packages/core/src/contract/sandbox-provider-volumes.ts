import { describe, expect, it } from "vitest";
import { openBench, type SandboxProviderContract } from "./sandbox-provider-fixture.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

export function describeSandboxVolumes(contract: SandboxProviderContract): void {
  describe("volumes", () => {
    it("are made and destroyed idempotently", async () => {
      await using bench = await openBench(contract);
      const { volumes } = bench.provider;
      const { ref } = await volumes.create(bench.volumeName);
      expect(await volumes.create(bench.volumeName)).toEqual({ ref });
      expect(await volumes.exists(ref)).toBe(true);
      await volumes.destroy(ref);
      expect(await volumes.exists(ref)).toBe(false);
      await volumes.destroy(ref);
    });

    it.each(["", ".", "..", "../escape", "a/b", "a\0b", "-option", "a,b"])("refuse %j as a name", async (name) => {
      await using bench = await openBench(contract);
      await expect(bench.provider.volumes.create(name)).rejects.toMatchObject({ code: "bad_request" });
    });

    it("keep HOME over the sandbox's end", async () => {
      await using bench = await openBench(contract);
      const first = await bench.create();
      await bench.run(first, "mkdir -p ~/.config && printf kept > ~/.config/note");
      await bench.provider.destroy(first.ref);
      const second = await bench.create();
      expect(await bench.run(second, "cat ~/.config/note && printf ' and changed' >> ~/.config/note")).toBe("kept");
      expect(await bench.run(second, "cat ~/.config/note")).toBe("kept and changed");
    });

    it("give each HOME a directory of its own", async () => {
      await using bench = await openBench(contract);
      const first = await bench.create({ subpath: "agents/first/home" });
      const second = await bench.create({ subpath: "agents/second/home" });
      await bench.run(first, "touch ~/mine");
      expect((await bench.attempt(second, "test -e ~/mine")).exitCode).toBe(1);
    });

    it.skipIf(!contract.capabilities.volumeFiles)("serve their files without a sandbox", async () => {
      await using bench = await openBench(contract);
      const { ref } = await bench.provider.volumes.create(bench.volumeName);
      const files = bench.provider.volumes.files(ref);
      await files.upload("agents/first/home/before.txt", bytes("from before"));
      const sandbox = await bench.create({ subpath: "agents/first/home" });
      expect(await bench.run(sandbox, "cat ~/before.txt && printf changed > ~/before.txt && printf new > ~/after.txt")).toBe("from before");
      await bench.provider.destroy(sandbox.ref);
      expect(text(await files.read("agents/first/home/before.txt"))).toBe("changed");
      expect((await files.tree("agents/first/home")).map(({ path }) => path.split("/").at(-1))).toEqual(expect.arrayContaining(["after.txt", "before.txt"]));
      await expect(files.read("../outside")).rejects.toMatchObject({ code: "forbidden" });
    });

    it.skipIf(!contract.capabilities.volumeFiles)("do not follow a link that an agent planted", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ subpath: "agents/first/home" });
      await bench.run(sandbox, "ln -s /etc/hostname ~/planted && ln -s / ~/root");
      const spec = await bench.spec();
      const files = bench.provider.volumes.files(spec.home.volumeRef);
      await expect(files.read("agents/first/home/planted")).rejects.toMatchObject({ code: "forbidden" });
      await expect(bench.create({ subpath: "agents/first/home/root/tmp" })).rejects.toMatchObject({ code: expect.stringMatching(/^(forbidden|bad_request)$/) });
    });
  });
}
