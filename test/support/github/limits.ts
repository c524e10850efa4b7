/**
 * What GitHub refuses although its description does not say so. Each row was seen refused on GitHub, or its prose says so
 * (research: a fake by the description alone took all of these).
 */
export function faultsBeyondDescription(operation: string, body: unknown): readonly string[] {
  const fields =
    typeof body === "object" && body !== null
      ? new Map<string, unknown>(Object.entries(body))
      : new Map<string, unknown>();
  const faults: string[] = [];
  function atMost(field: string, characters: number, message: string): void {
    const text = fields.get(field);
    if (typeof text === "string" && text.length > characters) faults.push(message);
  }
  if (WITH_BODY.has(operation))
    atMost("body", 65_536, "body is too long (maximum is 65536 characters)");
  if (WITH_TITLE.has(operation))
    atMost("title", 256, "title is too long (maximum is 256 characters)");
  if (WITH_DESCRIPTION.has(operation)) {
    atMost("description", 140, "description is too long (maximum is 140 characters)");
  }
  if (operation === "checks/create" || operation === "checks/update") {
    faults.push(...faultsOfCheck(fields));
  }
  return faults;
}

const WITH_BODY = new Set([
  "issues/create",
  "issues/create-comment",
  "issues/update",
  "issues/update-comment",
  "pulls/create",
  "pulls/update",
]);
const WITH_TITLE = new Set(["issues/create", "issues/update", "pulls/create", "pulls/update"]);
const WITH_DESCRIPTION = new Set([
  "repos/create-commit-status",
  "repos/create-deployment",
  "repos/create-deployment-status",
]);

function faultsOfCheck(fields: ReadonlyMap<string, unknown>): readonly string[] {
  const faults: string[] = [];
  if (fields.get("status") === "completed" && fields.get("conclusion") === undefined) {
    faults.push("conclusion is required when status is completed");
  }
  const output = fields.get("output");
  const annotations =
    typeof output === "object" && output !== null && "annotations" in output
      ? output.annotations
      : [];
  for (const annotation of Array.isArray(annotations) ? annotations : []) {
    const { title, message, start_line: start, end_line: end, start_column: column } = annotation;
    if (String(title ?? "").length > 255) faults.push("annotation title is too long");
    if (Buffer.byteLength(String(message ?? "")) > 65_536)
      faults.push("annotation message is too long");
    if (start !== end && column !== undefined) faults.push("columns need one line");
  }
  return faults;
}
