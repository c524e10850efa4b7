/**
 * Writes `test/support/github/openapi/subset.json`: what the fake GitHub of our tests checks requests and its own
 * answers against, cut out of GitHub's own OpenAPI description as @octokit/openapi ships it (MIT). Run it by hand; the
 * package unpacks to 385 MB, so it is no dependency.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = "@octokit/openapi@23.0.2";
const DESCRIPTION = "package/generated/api.github.com.json";
const OUT = "test/support/github/openapi/subset.json";

/** Every operation that Waybill calls, and what the people of a test do. */
const OPERATIONS: readonly string[] = [
  "actions/download-artifact",
  "actions/get-workflow-run",
  "actions/list-artifacts-for-repo",
  "actions/list-workflow-run-artifacts",
  "actions/create-workflow-dispatch",
  "actions/list-workflow-runs-for-repo",
  "actions/re-run-workflow",
  "actions/get-github-actions-default-workflow-permissions-repository",
  "actions/get-custom-oidc-sub-claim-for-repo",
  "apps/create-from-manifest",
  "apps/create-installation-access-token",
  "apps/get-authenticated",
  "apps/get-repo-installation",
  "apps/get-webhook-delivery",
  "apps/list-installations",
  "apps/list-repos-accessible-to-installation",
  "apps/list-webhook-deliveries",
  "apps/redeliver-webhook-delivery",
  "checks/create",
  "checks/get",
  "checks/list-annotations",
  "checks/list-for-ref",
  "checks/update",
  "git/create-ref",
  "git/delete-ref",
  "git/get-ref",
  "git/update-ref",
  "issues/create",
  "issues/create-comment",
  "issues/delete-comment",
  "issues/get",
  "issues/get-comment",
  "issues/list-comments",
  "issues/list-for-repo",
  "issues/update",
  "issues/update-comment",
  "pulls/create",
  "pulls/create-review",
  "pulls/dismiss-review",
  "pulls/get",
  "pulls/list",
  "pulls/list-commits",
  "pulls/list-files",
  "pulls/list-reviews",
  "pulls/merge",
  "pulls/update",
  "rate-limit/get",
  "reactions/create-for-issue-comment",
  "repos/codeowners-errors",
  "repos/compare-commits",
  "repos/create-commit-status",
  "repos/create-deployment",
  "repos/create-deployment-status",
  "repos/get",
  "repos/get-all-environments",
  "repos/get-branch",
  "repos/get-branch-rules",
  "repos/get-collaborator-permission-level",
  "repos/get-combined-status-for-ref",
  "repos/get-environment",
  "repos/get-repo-rulesets",
  "repos/list-activities",
  "repos/list-deployment-statuses",
  "repos/list-deployments",
  "repos/list-pull-requests-associated-with-commit",
  "teams/get-by-name",
  "teams/get-membership-for-user-in-org",
  "users/get-authenticated",
  "users/get-by-username",
];

type Json = Readonly<Record<string, unknown>>;

const PROSE = new Set(["description", "summary", "example", "examples", "externalDocs", "title"]);

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** A schema without its prose; `names` are what a map of named schemas (`properties`) may call anything. */
function bare(value: unknown, isMapOfNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => isMapOfNames || !PROSE.has(key));
  return Object.fromEntries(
    kept.map(([key, part]) => [key, bare(part, key === "properties" && !isMapOfNames)]),
  );
}

function refsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === "$ref" && typeof part === "string" ? [part] : refsIn(part),
  );
}

function at(document: Json, pointer: string): unknown {
  let found: unknown = document;
  for (const part of pointer.replace(/^#\//, "").split("/")) found = object(found)[part];
  return found;
}

function jsonSchema(body: unknown): unknown {
  const content = object(object(body)["content"]);
  const key = Object.keys(content).find((type) => type.includes("json"));
  return key === undefined ? undefined : object(content[key])["schema"];
}

function operationOf(document: Json, shared: unknown, value: Json): Json {
  const parameters = [...list(shared), ...list(value["parameters"])].map((parameter) => {
    const ref = object(parameter)["$ref"];
    const {
      name,
      in: place,
      required,
      schema,
    } = object(typeof ref === "string" ? at(document, ref) : parameter);
    return { name, in: place, required: required === true, schema: bare(schema) };
  });
  const body = object(value["requestBody"]);
  const responses = Object.entries(object(value["responses"])).flatMap(([status, response]) => {
    const ref = object(response)["$ref"];
    const schema = jsonSchema(typeof ref === "string" ? at(document, ref) : response);
    return status.startsWith("2") ? [[status, bare(schema) ?? null]] : [];
  });
  return {
    parameters,
    ...(jsonSchema(body) !== undefined && {
      body: { required: body["required"] === true, schema: bare(jsonSchema(body)) },
    }),
    responses: Object.fromEntries(responses),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function subsetOf(document: Json): Json {
  const operations: Record<string, Json> = {};
  for (const [path, methods] of Object.entries(object(document["paths"]))) {
    for (const [method, value] of Object.entries(object(methods))) {
      const id = object(value)["operationId"];
      if (typeof id !== "string" || !OPERATIONS.includes(id)) continue;
      const shared = object(methods)["parameters"];
      operations[id] = {
        method: method.toUpperCase(),
        path,
        ...operationOf(document, shared, object(value)),
      };
    }
  }
  const missing = OPERATIONS.filter((id) => operations[id] === undefined);
  if (missing.length > 0) throw new Error(`no such operation: ${missing.join(", ")}`);
  return { operations, schemas: schemasOf(document, operations) };
}

function schemasOf(document: Json, operations: unknown): Json {
  const schemas = new Map<string, unknown>();
  const waiting = [...refsIn(operations)];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (schemas.has(ref)) continue;
    const schema = bare(at(document, ref));
    schemas.set(ref, schema);
    waiting.push(...refsIn(schema));
  }
  return Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function lines(value: unknown): string {
  return Object.entries(object(value))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => `${JSON.stringify(key)}: ${JSON.stringify(part)}`)
    .join(",\n");
}

/** One operation or schema a line: a new version shows as the lines that changed. */
function write({ operations, schemas }: Json): string {
  return `{"package": ${JSON.stringify(PACKAGE)},\n"operations": {\n${lines(operations)}\n},\n"schemas": {\n${lines(schemas)}\n}}\n`;
}

const folder = mkdtempSync(join(tmpdir(), "waybill-openapi-"));
try {
  execFileSync("npm", ["pack", PACKAGE, "--silent", "--pack-destination", folder]);
  execFileSync("sh", ["-c", `tar -xzf *.tgz ${DESCRIPTION} package/LICENSE`], { cwd: folder });
  const document: unknown = JSON.parse(readFileSync(join(folder, DESCRIPTION), "utf8"));
  const text = write(subsetOf(object(document)));
  writeFileSync(OUT, text);
  writeFileSync(
    OUT.replace("subset.json", "NOTICE"),
    `subset.json is cut out of ${PACKAGE} (generated/api.github.com.json) by scripts/github-openapi.ts.\n\n${readFileSync(join(folder, "package/LICENSE"), "utf8")}`,
  );
  console.log(`${OUT}: ${text.length} bytes, ${OPERATIONS.length} operations`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
