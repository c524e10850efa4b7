/** What the demos stand on: a temporary promotions repository, and commands that are printed and really run in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAddress, repositoryAt, type Repository } from "#model";
import { openStores, type Stores } from "#stores";

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The program of this checkout. */
export const WAYBILL: string = join(CHECKOUT, "bin", "waybill.mjs");
const IDENTITY = ["user.name=Demo", "user.email=demo@example.com", "commit.gpgsign=false"];

/** A temporary folder with everything that a demo does in it. */
export interface Stage {
  readonly stores: Stores;
  readonly signal: AbortSignal;
  /** Writes a file, by its path in the folder. */
  readonly write: (path: string, text: string | Uint8Array) => void;
  /** Reads a file of the folder. */
  readonly read: (path: string) => string;
  /** Prints a command and runs the real binary, whose output is the demo's; another exit code than told ends the demo. */
  readonly cli: (expected: number, ...args: readonly string[]) => void;
  /** Prints and runs another program; false where there is none of that name. */
  readonly run: (command: string, ...args: readonly string[]) => boolean;
  /** Runs git in silence. */
  readonly git: (...args: readonly string[]) => void;
}

/** Opens a stage, plays on it, and clears it away whatever happened. */
export async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-demo-"));
  const stores = openStores({ root: folder, hosts: [], env: {}, restrictPaths: false });
  try {
    await play({ stores, signal: AbortSignal.timeout(120_000), ...commandsIn(folder) });
  } finally {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function commandsIn(folder: string): Omit<Stage, "stores" | "signal"> {
  return {
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    cli(expected, ...args) {
      console.log(`$ waybill ${args.map(quoted).join(" ")}`);
      const { status } = spawnSync(process.execPath, [WAYBILL, ...args], {
        cwd: folder,
        stdio: ["ignore", "inherit", "inherit"],
        env: environment(),
      });
      if (status !== expected)
        throw new Error(`waybill ${args.join(" ")} ended with ${status}, not ${expected}`);
      console.log(expected === 0 ? "" : `(exit code ${status})\n`);
    },
    run(command, ...args) {
      const { error, status, stdout } = spawnSync(command, args, {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      if (error !== undefined) return false;
      console.log(`$ ${[command, ...args].map(quoted).join(" ")}\n${stdout}`);
      if (status !== 0) throw new Error(`${command} ended with ${status}`);
      return true;
    },
    git(...args) {
      const settings = IDENTITY.flatMap((setting) => ["-c", setting]);
      const stdio = ["ignore", "ignore", "inherit"] as const;
      execFileSync("git", [...settings, ...args], { cwd: folder, stdio: [...stdio] });
    },
  };
}

/** Under npm the person stands elsewhere; here they stand in the demo's folder. */
function environment(): NodeJS.ProcessEnv {
  const { INIT_CWD: _, npm_lifecycle_event: __, ...rest } = process.env;
  return rest;
}

/** A word as a shell wants it. */
export function quoted(word: string): string {
  return /[^\w@%+=:,./^-]/.test(word) ? `"${word}"` : word;
}

/** Says what comes next. */
export function title(text: string): void {
  console.log(`\n== ${text}\n`);
}

/** A repository by its address; the demo writes its own, so a bad one is its defect. */
export function repository(text: string): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new Error(address);
  return repositoryAt(address);
}

/** Two PEM documents: PKCS#8 and SPKI. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new P-256 key pair. */
export function newKey(): KeyPair {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}
