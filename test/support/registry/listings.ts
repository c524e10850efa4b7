import { errorAnswer, jsonAnswer, textAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import { algorithmOf } from "./digest.ts";
import { readManifest, referrerDescriptor } from "./manifest-document.ts";
import type { Repository } from "./repository.ts";

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

function nextLink(context: Context, target: string): Readonly<Record<string, string>> {
  const { registry, blobs } = context.origins;
  switch (context.behaviour.link) {
    case "relative":
    case "loop":
      return { Link: `<${target}>; rel="next"` };
    case "absolute":
      return { Link: `<${registry}${target}>; rel="next"` };
    case "other-host":
      return { Link: `<${blobs}${target}>; rel="next"` };
  }
}

interface Page {
  readonly items: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** One page of sorted names after `last`, with a Link where more is left. */
function pageOf(context: Context, exchange: Exchange, names: readonly string[]): Page | Answer {
  const { query, path } = exchange.record;
  const { tagsPageSize, tagsMaxN, link } = context.behaviour;
  const asked = query.get("n");
  const n = asked === null ? Infinity : Number(asked);
  if (Number.isNaN(n) || n < 0 || (tagsMaxN !== undefined && asked !== null && n > tagsMaxN)) {
    const message = "invalid number of results requested";
    return errorAnswer(400, { code: "PAGINATION_NUMBER_INVALID", message });
  }
  const last = query.get("last") ?? undefined;
  const rest = names.filter((name) => last === undefined || link === "loop" || name > last);
  const size = Math.min(n, tagsPageSize ?? Infinity);
  const items = rest.slice(0, size);
  const final = items.at(-1);
  if (rest.length <= items.length || final === undefined) {
    return { items, headers: {} };
  }
  const next = new URLSearchParams({ ...(asked === null ? {} : { n: asked }), last: final });
  return { items, headers: nextLink(context, `${path}?${next.toString()}`) };
}

function googleFields(context: Context, repository: Repository): Record<string, unknown> {
  const manifest: Record<string, unknown> = {};
  for (const stored of repository.manifests.values()) {
    const tag = repository
      .sortedTags()
      .filter((name) => repository.tags.get(name) === stored.digest);
    const at = String(1_700_000_000_000 + stored.order);
    const document = readManifest(stored.bytes);
    const layers = document?.layers ?? [];
    const imageSizeBytes = String(layers.reduce((sum, { size }) => sum + size, 0));
    const { mediaType } = stored;
    manifest[stored.digest] = {
      imageSizeBytes,
      layerId: "",
      mediaType,
      tag,
      timeCreatedMs: at,
      timeUploadedMs: at,
    };
  }
  const prefix = `${repository.name}/`;
  const inside = [...context.repositories.values()].filter(
    ({ name, known }) => known && name.startsWith(prefix),
  );
  const child = new Set(inside.map(({ name }) => name.slice(prefix.length).split("/")[0] ?? ""));
  return { child: [...child].toSorted(), manifest };
}

/** `GET tags/list` (spec end-8), with Google's fields where asked. */
export function tagsRequest(context: Context, exchange: Exchange): Answer {
  const name = exchange.record.repository ?? "";
  const repository = context.repository(name);
  const google = context.behaviour.google ? googleFields(context, repository) : {};
  if (!repository.known && !context.behaviour.google) {
    const message = "repository name not known to registry";
    return errorAnswer(404, { code: "NAME_UNKNOWN", message, detail: { name } });
  }
  const page = pageOf(context, exchange, repository.sortedTags());
  return "status" in page
    ? page
    : jsonAnswer(200, { name, tags: page.items, ...google }, page.headers);
}

/** `GET _catalog`, an extension older than the spec. */
export function catalogRequest(context: Context, exchange: Exchange): Answer {
  if (!context.behaviour.catalog) {
    return textAnswer(404, "404 page not found\n");
  }
  const known = [...context.repositories.values()].filter((repository) => repository.known);
  const page = pageOf(context, exchange, known.map(({ name }) => name).toSorted());
  return "status" in page ? page : jsonAnswer(200, { repositories: page.items }, page.headers);
}

function apiOff(context: Context): Answer {
  return context.behaviour.referrers === "off-json"
    ? errorAnswer(404, { code: "NOT_FOUND", message: "the requested page was not found" })
    : textAnswer(404, "404 page not found\n");
}

/** `GET referrers/<digest>` (spec end-12): an unknown subject has an empty index, never a 404. */
export function referrersRequest(context: Context, exchange: Exchange): Answer {
  const { repository: name = "", reference = "", query, path } = exchange.record;
  const { behaviour } = context;
  if (behaviour.referrers !== "api") {
    return apiOff(context);
  }
  if (algorithmOf(reference) === undefined) {
    return errorAnswer(400, { code: "DIGEST_INVALID", message: "invalid digest" });
  }
  const type = query.get("artifactType") ?? undefined;
  const filtered = type !== undefined && behaviour.referrersFilter;
  const all = [...context.repository(name).manifests.values()]
    .filter((stored) => readManifest(stored.bytes)?.subject?.digest === reference)
    .map(referrerDescriptor)
    .filter((item) => !filtered || item.artifactType === type);
  const from = Number(query.get("from") ?? 0);
  const size = behaviour.referrersPageSize ?? Infinity;
  const manifests = all.slice(from, from + size);
  const params = new URLSearchParams(query);
  params.set("from", String(behaviour.link === "loop" ? from : from + size));
  const more = all.length > from + manifests.length;
  return jsonAnswer(
    200,
    { schemaVersion: 2, mediaType: INDEX_TYPE, manifests },
    {
      "Content-Type": INDEX_TYPE,
      ...(filtered ? { "OCI-Filters-Applied": "artifactType" } : {}),
      ...(more ? nextLink(context, `${path}?${params.toString()}`) : {}),
    },
  );
}
