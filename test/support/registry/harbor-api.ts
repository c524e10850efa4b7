import { errorAnswer, jsonAnswer, textAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import type { HarborScan } from "./options.ts";
import { basicCaller } from "./tokens.ts";

const NEWER = "application/vnd.security.vulnerability.report; version=1.1";
const OLDER = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0";
const ARTIFACT =
  /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts\/([^/]+?)(\/additions\/vulnerabilities)?$/u;
const SCANNER_ID = "c0ffee";

function notFound(message: string): Answer {
  return errorAnswer(404, { code: "NOT_FOUND", message });
}

/** Who Harbor's API lets in: user and password alone, and a 401 of it names no way to log in. */
function refuseCaller({ behaviour }: Context, { record }: Exchange): Answer | undefined {
  const { auth } = behaviour;
  if (auth.kind === "none") return undefined;
  const caller = basicCaller(record.headers["authorization"], auth.users);
  if (caller !== undefined && caller !== "refused" && caller.user !== undefined) return undefined;
  return errorAnswer(401, { code: "UNAUTHORIZED", message: "unauthorized" });
}

/** The two answers of a scan: what the artifact says of it, and the report itself. */
function scanAnswer(scan: HarborScan | undefined, digest: string, isReport: boolean): unknown {
  if (scan === undefined) return isReport ? {} : { digest, scan_overview: null };
  const { generatedAt = "2026-11-20T10:00:00.123456Z", severity = "None" } = scan;
  const { vulnerabilities = [], status = "Success", completePercent = 100 } = scan;
  const scanner = { name: "Trivy", vendor: "Aqua Security", version: "v0.68.1" };
  if (isReport) return { generated_at: generatedAt, scanner, severity, vulnerabilities };
  const total = scan.total ?? (Array.isArray(vulnerabilities) ? vulnerabilities.length : 0);
  return {
    digest: scan.about ?? digest,
    overview: {
      scan_status: status,
      severity,
      complete_percent: completePercent,
      end_time: generatedAt,
      scanner,
      summary: { total, fixable: 0, summary: {} },
    },
  };
}

/** The part of Harbor's API v2.0 that tells of scans. */
export function harborApi(context: Context, exchange: Exchange): Answer {
  const { harbor } = context.behaviour;
  const { path, headers } = exchange.record;
  if (harbor?.scans === undefined) return textAnswer(404, "404 page not found\n");
  const refused = refuseCaller(context, exchange);
  if (refused !== undefined) return refused;
  const [, project = "", escaped = "", digest = "", addition] = ARTIFACT.exec(path) ?? [];
  if (project === "") return scannerAnswer(path, harbor.databaseUpdatedAt);
  const name = `${project}/${decodeURIComponent(escaped)}`;
  const held = context.repositories.get(name)?.manifests.has(digest) ?? false;
  if (!held) return notFound(`artifact ${name}@${digest} not found`);
  const type = (headers["x-accept-vulnerabilities"] ?? "").includes(NEWER) ? NEWER : OLDER;
  const said = scanAnswer(harbor.scans[digest], digest, addition !== undefined);
  if (addition !== undefined) return jsonAnswer(200, { [type]: said });
  const { overview, ...artifact } = said as { readonly overview?: unknown };
  return jsonAnswer(200, overview ? { ...artifact, scan_overview: { [type]: overview } } : said);
}

function scannerAnswer(path: string, databaseUpdatedAt: string | undefined): Answer {
  if (/^\/api\/v2\.0\/projects\/[^/]+\/scanner$/u.test(path))
    return jsonAnswer(200, { uuid: SCANNER_ID, name: "Trivy" });
  if (path !== `/api/v2.0/scanners/${SCANNER_ID}/metadata`) return notFound(`no ${path}`);
  if (databaseUpdatedAt === undefined)
    return errorAnswer(403, { code: "DENIED", message: "forbidden" });
  const property = "harbor.scanner-adapter/vulnerability-database-updated-at";
  return jsonAnswer(200, { properties: { [property]: databaseUpdatedAt } });
}
