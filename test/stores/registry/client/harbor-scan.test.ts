import { describe, expect, it } from "vitest";
import { openStores } from "#stores";
import { digestOfBuilt } from "../../../support/engine.ts";
import { image, seed } from "../../../support/images.ts";
import {
  startRegistry,
  type Registry,
  type RegistryOptions,
} from "../../../support/registry/index.ts";
import type { HarborScan } from "../../../support/registry/options.ts";
import { repo } from "../../../support/state.ts";
import { hostEntry, login, never } from "../../../support/transport.ts";

const app = image({ seed: "app" });
const DIGEST = digestOfBuilt(app);
const HOST = "harbor.example.com";
const PATH = "payments/team/api";
const FOUND = [
  {
    id: "CVE-2026-1",
    package: "openssl",
    version: "3.0.1",
    fix_version: "3.0.2",
    severity: "High",
    description: "long",
  },
  { id: "CVE-2026-2", package: "zlib", version: "1.2", severity: "Unknown" },
];

interface Asking {
  readonly options?: RegistryOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly product?: string;
}

async function scanned(
  scan: HarborScan | undefined,
  { options = {}, env, product = "harbor" }: Asking = {},
): Promise<{ readonly answer: unknown; readonly registry: Registry }> {
  const scans = scan === undefined ? {} : { [app.digest]: scan };
  const registry = await startRegistry({ ...options, harbor: { scans, ...options.harbor } });
  seed(registry.repository(PATH), app, ["v1"]);
  const hosts = [hostEntry(HOST, { endpoint: `http://${registry.host}`, product })];
  const own = env ?? login(registry.host, "robot", "secret");
  const stores = openStores({ root: "/", hosts, env: own, retry: { backoffMs: 1 } });
  try {
    const repository = stores.read(repo(`${HOST}/${PATH}`));
    await repository.manifest(DIGEST, never);
    const answer: unknown = await repository.scan?.(DIGEST, never).catch((error: unknown) => error);
    return { answer, registry };
  } finally {
    await stores.close();
    await registry.close();
  }
}

describe("001-29 Harbor is asked by its own API", () => {
  it("for scanner, time, severity, findings and, where it may be known, the database's time", async () => {
    const databaseUpdatedAt = "2026-11-20T06:00:00Z";
    const { answer, registry } = await scanned(
      { severity: "High", vulnerabilities: FOUND },
      { options: { harbor: { databaseUpdatedAt } } },
    );
    expect(answer).toEqual({
      kind: "report",
      report: {
        scanner: { name: "Trivy", vendor: "Aqua Security", version: "v0.68.1" },
        databaseTime: databaseUpdatedAt,
        finishedAt: "2026-11-20T10:00:00.123456Z",
        severity: "High",
        found: [
          { id: "CVE-2026-1", severity: "High", package: "openssl", version: "3.0.1" },
          { id: "CVE-2026-2", severity: "Unknown", package: "zlib", version: "1.2" },
        ],
      },
    });
    const [first, second] = registry.find({ kind: "api" });
    expect(first?.path).toBe(
      `/api/v2.0/projects/payments/repositories/team%2Fapi/artifacts/${DIGEST}`,
    );
    expect(first?.query.get("with_scan_overview")).toBe("true");
    expect(second?.path).toBe(`${first?.path}/additions/vulnerabilities`);
    expect(registry.count({ kind: "api" })).toBe(4);
  });

  it.for([
    ["the form of older scanners and no database's time", { vulnerabilities: [] }, 0],
    ["null for a list of nothing", { vulnerabilities: null }, 0],
    ["findings that say nothing", { vulnerabilities: [7, {}] }, 2],
  ] as const)("and takes %s", async ([, scan, count]) => {
    const { answer } = await scanned(scan);
    expect(answer).toMatchObject({ kind: "report", report: { databaseTime: undefined } });
    expect(answer).toHaveProperty("report.found.length", count);
  });

  it.for([
    ["has not scanned it", undefined, {}, "Harbor has not scanned it"],
    ["is still scanning", { status: "Running" }, {}, "is not finished: Running"],
    ["failed to scan", { status: "Error" }, {}, "is not finished: Error"],
    ["has scanned a part", { completePercent: 50 }, {}, "a part of it (50 %)"],
  ] as const)("which is definite where it %s", async ([, scan, options, why]) => {
    const { answer } = await scanned(scan, { options });
    expect(answer).toEqual({ kind: "none", why: expect.stringContaining(why) as string });
  });

  it.for([
    ["about another digest", { about: `sha256:${"0".repeat(64)}` }, {}, "invalid-answer"],
    ["that counts what it does not list", { total: 3 }, {}, "invalid-answer"],
    ["that is no list", { vulnerabilities: "none" }, {}, "invalid-answer"],
  ] as const)("and an answer %s is none", async ([, scan, options, code]) => {
    const { answer } = await scanned(scan, { options });
    expect(answer).toMatchObject({ code });
  });

  it("promise 3: a 404 that is not Harbor's own is no absence", async () => {
    const registry = await startRegistry();
    seed(registry.repository(PATH), app);
    const hosts = [hostEntry(HOST, { endpoint: `http://${registry.host}`, product: "harbor" })];
    const stores = openStores({ root: "/", hosts, env: {} });
    const asked = stores.read(repo(`${HOST}/${PATH}`)).scan?.(DIGEST, never);
    await expect(asked).rejects.toMatchObject({ code: "invalid-answer" });
    await stores.close();
    await registry.close();
  });

  it("with user and password, where its registry wants tokens, and never with those", async () => {
    const users = { robot: { password: "secret" } };
    const { answer, registry } = await scanned(
      { vulnerabilities: FOUND },
      { options: { auth: { kind: "bearer", users } } },
    );
    expect(answer).toMatchObject({ kind: "report" });
    const sent = registry.find({ kind: "api" }).map(({ headers }) => headers["authorization"]);
    expect(new Set(sent)).toEqual(
      new Set([`Basic ${Buffer.from("robot:secret").toString("base64")}`]),
    );
    const pulls = registry.find({ kind: "manifest", status: 200 });
    expect(pulls.every(({ headers }) => headers["authorization"]?.startsWith("Bearer "))).toBe(
      true,
    );
  });

  it("and its no is said with what to do", async () => {
    const anonymous = [{ repository: "*", actions: ["pull"] }] as const;
    const { answer, registry } = await scanned(
      { vulnerabilities: FOUND },
      { options: { auth: { kind: "bearer", anonymous } }, env: { HOME: "/nonexistent" } },
    );
    expect(registry.count({ kind: "manifest", status: 200 })).toBe(1);
    const hint = expect.stringContaining("docker login") as string;
    expect(answer).toMatchObject({ code: "unauthorized", hint });
  });

  it("only where registries.yaml says that it is one", async () => {
    const { answer, registry } = await scanned({}, { product: "other" });
    expect(answer).toBeUndefined();
    expect(registry.count({ kind: "api" })).toBe(0);
  });
});
