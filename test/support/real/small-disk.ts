import { spawnSync } from "node:child_process";
import { chmod } from "node:fs/promises";

/** A shell's beginning that runs what follows it in a mount namespace of its own, after `mount`. */
function inside(flags: string, mount: string): string {
  return `[ -n "$INSIDE" ] || INSIDE=1 exec unshare ${flags} sh -c '${mount} && exec "$0" "$@"' "$0" "$@";`;
}

/** Makes the disk under a folder small: a file system in memory where we may have one, else a limit on files. */
export function tinyDisk(path: string): { readonly shell: string; readonly why: string } {
  const mount = `mount -t tmpfs -o size=256k tmpfs ${path}`;
  const may = spawnSync("unshare", ["-rm", "sh", "-c", mount]).status === 0;
  return may
    ? { shell: inside("-rm", mount), why: "the disk is full" }
    : { shell: "ulimit -f 200;", why: "limit" };
}

/** Makes a folder read-only: by its mode, or for root, whom modes do not hold, by a mount that only the child sees. */
export async function readOnly(path: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) {
    await chmod(path, 0o555);
    return undefined;
  }
  return inside("-m", `mount --bind ${path} ${path} && mount -o remount,bind,ro ${path}`);
}
