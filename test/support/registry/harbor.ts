import { errorAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import type { Repository } from "./repository.ts";

const MIB = 1024 ** 2;

function projectOf(name: string): string {
  return name.split("/")[0] ?? "";
}

function isWrite(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Harbor's refusals that come before any content is looked at. */
export function refuseProject(context: Context, exchange: Exchange): Answer | undefined {
  const { harbor, readOnly } = context.behaviour;
  const { repository, method } = exchange.record;
  if (readOnly !== undefined && isWrite(method)) {
    const message = "The system is in read only mode. Any modification is prohibited.";
    return readOnly === "harbor"
      ? errorAnswer(403, { code: "DENIED", message })
      : errorAnswer(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
  }
  if (harbor === undefined || repository === undefined) {
    return undefined;
  }
  const project = projectOf(repository);
  if (harbor.projects !== undefined && !harbor.projects.includes(project)) {
    return errorAnswer(404, { code: "NOT_FOUND", message: `project ${project} not found` });
  }
  if (harbor.pullOnlyRobot === true && isWrite(method)) {
    const message = `unauthorized to access repository: ${repository}, action: push: unauthorized to access repository: ${repository}, action: push`;
    const headers = { "WWW-Authenticate": 'Basic realm="harbor"' };
    return errorAnswer(401, { code: "UNAUTHORIZED", message }, headers);
  }
  return undefined;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** Harbor's answer where a project's storage quota would be passed. */
export function refuseQuota(
  context: Context,
  repository: Repository,
  added: number,
): Answer | undefined {
  const quota = context.behaviour.harbor?.quotaBytes;
  if (quota === undefined) {
    return undefined;
  }
  const project = projectOf(repository.name);
  const held = [...context.repositories.values()]
    .filter(({ name }) => projectOf(name) === project)
    .flatMap(({ blobs }) => [...blobs])
    .map(([digest, bytes]) => [digest, bytes.length] as const);
  const used = [...new Map(held).values()].reduce((sum, size) => sum + size, 0);
  if (used + added <= quota) {
    return undefined;
  }
  const message = `Quota exceeded when processing the request of adding ${mebibytes(added)} of storage resource, which when updated to current usage of ${mebibytes(used)} will exceed the configured upper limit of ${mebibytes(quota)}.`;
  return errorAnswer(403, { code: "DENIED", message });
}
