import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { liesIn } from "../directories/confined-directory.ts";

/** What one sandbox sees of the host, besides the system's programs. */
export interface View {
  /** Paths that it may write, at the same place inside. */
  readonly writable: readonly string[];
  /** Paths that it may read, at the same place inside. */
  readonly readable: readonly string[];
  readonly passwd: string;
  readonly group: string;
  readonly network: "none" | "open";
  /** Whether bubblewrap can forbid further user namespaces inside (since 0.8). */
  readonly disableUserNamespaces: boolean;
}

/** The user inside. Outside it is the server's own user, so that files on the volume have one owner, whoever writes them. */
export const insideUser = { uid: 1000, gid: 1000, name: "agent" } as const;

/** Directories of programs and libraries. On most systems all but the first are links into it. */
const systemDirectories = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/**
 * What programs need of /etc. Not whole directories with private keys in them: as root on the host, the sandbox's user owns those files.
 */
const etcEntries = [
  "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "fonts", "gai.conf", "host.conf", "hosts", "ld.so.cache",
  "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "os-release", "pki/ca-trust", "pki/tls/cert.pem", "pki/tls/certs",
  "pki/tls/openssl.cnf", "protocols", "resolv.conf", "services", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone",
];

/** Files of the kernel's memory and log. Only their owner may read them: with a server run as root that is the sandbox's user. */
const hiddenProcFiles = ["kcore", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "sched_debug", "slabinfo", "timer_list", "vmallocinfo"];

function systemArguments(): string[] {
  return systemDirectories.flatMap((path) => {
    if (!existsSync(path)) return [];
    return lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
  });
}

function etcArguments(view: Pick<View, "group" | "passwd">): string[] {
  const bound = etcEntries.map((entry) => join("/etc", entry)).filter((path) => existsSync(path));
  return [...bound.flatMap((path) => ["--ro-bind", path, path]), "--ro-bind", view.passwd, "/etc/passwd", "--ro-bind", view.group, "/etc/group"];
}

/**
 * /proc as a whole is read-only. Below it the kernel's settings belong to root and are not protected by capabilities: a sandbox of a server that
 * runs as root could change them for the whole machine.
 */
function procArguments(): string[] {
  const hidden = hiddenProcFiles.map((name) => join("/proc", name)).filter((path) => existsSync(path));
  return ["--proc", "/proc", ...hidden.flatMap((path) => ["--ro-bind", "/dev/null", path]), "--remount-ro", "/proc"];
}

/** True when the path is among the system's programs, which every sandbox sees. */
export function isSystemPath(path: string): boolean {
  return systemDirectories.some((directory) => liesIn(directory, path));
}

/** bubblewrap's options for one sandbox (bwrap(1)). They stand in the process table: nothing secret. */
export function bubblewrapArguments(view: View): readonly string[] {
  const parents = [...new Set([...view.writable, ...view.readable].map((path) => dirname(path)))];
  return [
    "--unshare-user", ...(view.disableUserNamespaces ? ["--disable-userns"] : []), "--uid", String(insideUser.uid), "--gid", String(insideUser.gid),
    "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "sandbox", "--unshare-cgroup-try", "--cap-drop", "ALL",
    ...(view.network === "none" ? ["--unshare-net"] : []),
    ...systemArguments(),
    "--dir", "/etc", ...etcArguments(view),
    "--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/var/tmp", "--tmpfs", "/run",
    ...procArguments(),
    "--dev", "/dev",
    ...parents.filter((path) => path !== "/" && !isSystemPath(path)).flatMap((path) => ["--perms", "0755", "--dir", path]),
    ...view.readable.filter((path) => !isSystemPath(path)).flatMap((path) => ["--ro-bind", path, path]),
    ...view.writable.flatMap((path) => ["--bind", path, path]),
    "--remount-ro", "/",
  ];
}
