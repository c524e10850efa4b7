import type { Digest } from "#model";
import { isJsonObject, parseJsonObject, type JsonObject } from "../../descriptor-json.ts";
import type { HostScan, ScanFinding, ScanReport } from "../../port.ts";
import { StoreError } from "../../store-error.ts";
import { projectOf, type Client } from "./client.ts";
import { readProblem } from "./problem.ts";
import { invalidAnswer, refusalOf } from "./refusal.ts";

/** The reports that Harbor has, the newer form first. */
const REPORT_TYPES = [
  "application/vnd.security.vulnerability.report; version=1.1",
  "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
] as const;
const DATABASE_TIME = "harbor.scanner-adapter/vulnerability-database-updated-at";

const MAX_OVERVIEW_BYTES = 4 * 1024 * 1024;
const MAX_REPORT_BYTES = 64 * 1024 * 1024;
const MAX_FINDINGS = 100_000;
/** Longest text that is kept of a report. */
const MAX_TEXT = 200;

/** Harbor answers in these codes where it lets somebody see nothing. */
const NO_RIGHT: ReadonlySet<string> = new Set(["UNAUTHORIZED", "DENIED", "FORBIDDEN"]);

/**
 * Asks Harbor's own API (v2.0) what its scanner found in a manifest (001-29). That there is no report is told only where
 * Harbor itself says so; whatever else happens is a StoreError (promise 3).
 */
export async function harborScan(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
): Promise<HostScan> {
  const artifact = artifactPath(client, digest);
  if (artifact === undefined) return none("its path names no project of Harbor");
  const overview = await askJson(client, `${artifact}?with_scan_overview=true`, signal, {
    digest,
    cap: MAX_OVERVIEW_BYTES,
  });
  if (overview === undefined) return none("Harbor has no such artifact");
  if (overview["digest"] !== digest)
    throw invalidAnswer(client, `its scan of ${digest} is of another digest`, digest);
  const summary = reportIn(overview["scan_overview"]);
  if (summary === undefined) return none("Harbor has not scanned it");
  const unfinished = whyUnfinished(summary);
  if (unfinished !== undefined) return none(unfinished);
  const path = `${artifact}/additions/vulnerabilities`;
  const answer = await askJson(client, path, signal, { digest, cap: MAX_REPORT_BYTES });
  const report = readReport(reportIn(answer), summary);
  if (typeof report === "string") throw invalidAnswer(client, report, digest);
  return {
    kind: "report",
    report: { ...report, databaseTime: await databaseTime(client, signal) },
  };
}

function none(why: string): HostScan {
  return { kind: "none", why };
}

/** Harbor's path of an artifact: a repository's own slashes are escaped twice. */
function artifactPath({ path }: Client, digest: Digest): string | undefined {
  const [project = "", ...rest] = path.split("/");
  if (rest.length === 0) return undefined;
  const repository = encodeURIComponent(encodeURIComponent(rest.join("/")));
  return `projects/${encodeURIComponent(project)}/repositories/${repository}/artifacts/${digest}`;
}

/** What stands under the first report type that is there. */
function reportIn(value: unknown): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const found = REPORT_TYPES.map((type) => value[type]).find((report) => report !== undefined);
  return isJsonObject(found) ? found : undefined;
}

/** Of an index every child must have been scanned. */
function whyUnfinished(summary: JsonObject): string | undefined {
  const status = textIn(summary["scan_status"]);
  if (status !== "Success") return `Harbor's scan of it is not finished: ${status || "no status"}`;
  const complete = summary["complete_percent"] ?? 100;
  return complete === 100
    ? undefined
    : `Harbor has scanned only a part of it${percentOf(complete)}`;
}

function percentOf(complete: unknown): string {
  return typeof complete === "number" ? ` (${complete} %)` : "";
}

/** Reads a report; a string tells what is wrong with it. */
function readReport(
  report: JsonObject | undefined,
  summary: JsonObject,
): Omit<ScanReport, "databaseTime"> | string {
  if (report === undefined) return "it has finished a scan and gives no report of it";
  const list = report["vulnerabilities"] ?? [];
  if (!Array.isArray(list)) return "its scan's vulnerabilities are no list";
  if (list.length > MAX_FINDINGS) return `its scan has more than ${MAX_FINDINGS} findings`;
  const counted = isJsonObject(summary["summary"]) ? summary["summary"]["total"] : undefined;
  if (list.length === 0 && typeof counted === "number" && counted > 0)
    return `its scan counts ${counted} vulnerabilities and lists none`;
  const scanner = isJsonObject(report["scanner"]) ? report["scanner"] : {};
  return {
    scanner: {
      name: textIn(scanner["name"]),
      vendor: textIn(scanner["vendor"]),
      version: textIn(scanner["version"]),
    },
    finishedAt: textIn(report["generated_at"]) || textIn(summary["end_time"]),
    severity: textIn(report["severity"]) || textIn(summary["severity"]),
    found: list.map(findingOf),
  };
}

/** What a finding does not say is empty, which nobody takes for harmless. */
function findingOf(item: unknown): ScanFinding {
  const finding = isJsonObject(item) ? item : {};
  return {
    id: textIn(finding["id"]),
    severity: textIn(finding["severity"]),
    package: textIn(finding["package"]),
    version: textIn(finding["version"]),
  };
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT) : "";
}

/**
 * When the database of the project's scanner was made. Harbor tells it only to who may see its scanners, so that it is
 * often not known; nothing is decided by its absence.
 */
function databaseTime(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const project = projectOf(client);
  const known = client.can.scannerDatabases.get(project) ?? askDatabaseTime(client, signal);
  client.can.scannerDatabases.set(project, known);
  return known;
}

async function askDatabaseTime(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const scanner = `projects/${encodeURIComponent(projectOf(client))}/scanner`;
  try {
    const uuid = textIn((await askJson(client, scanner, signal))?.["uuid"]);
    if (uuid === "") return undefined;
    const path = `scanners/${encodeURIComponent(uuid)}/metadata`;
    const properties = (await askJson(client, path, signal))?.["properties"];
    return isJsonObject(properties) ? textIn(properties[DATABASE_TIME]) || undefined : undefined;
  } catch (error) {
    if (error instanceof StoreError && !signal.aborted) return undefined;
    throw error;
  }
}

interface Asking {
  readonly digest?: Digest;
  /** In bytes. */
  readonly cap?: number;
}

/** A JSON object of Harbor's API; undefined: Harbor itself says that there is none. */
async function askJson(
  client: Client,
  path: string,
  signal: AbortSignal,
  { digest, cap = MAX_OVERVIEW_BYTES }: Asking = {},
): Promise<JsonObject | undefined> {
  const answer = await client.transport.call(
    {
      method: "GET",
      repository: client.repository,
      digest,
      target: `/api/v2.0/${path}`,
      headers: { accept: "application/json", "x-accept-vulnerabilities": REPORT_TYPES.join(", ") },
      scopes: [],
      lane: "metadata",
      accept: [200, 404],
      login: "direct",
    },
    signal,
  );
  if (answer.status === 404) return absence(client, await readProblem(answer), digest);
  const json = parseJsonObject(await answer.bytes(cap));
  if (json === undefined) throw invalidAnswer(client, "its API gave no JSON object", digest);
  return json;
}

/** A router's or proxy's 404 is no word of Harbor's. */
function absence(
  client: Client,
  problem: Awaited<ReturnType<typeof readProblem>>,
  digest: Digest | undefined,
): undefined {
  if (problem.codes.some((code) => NO_RIGHT.has(code)))
    throw refusalOf(client, problem, "tell its scan", digest);
  if (problem.codes.includes("NOT_FOUND")) return undefined;
  throw invalidAnswer(client, "it has no Harbor API, and registries.yaml says that it has", digest);
}
