import type { Forge } from "#scm";

/** The one pull request of a branch of ours. */
export interface StandingRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  /** The title that we gave it last, which is ours to change. */
  readonly before: string | undefined;
  readonly asked: readonly string[];
  readonly flow: readonly string[];
  /** Blocks of Markdown about the versions. */
  readonly told?: readonly string[];
}

const BEGIN = "<!-- waybill:edit v1 -->";
const END = "<!-- /waybill:edit -->";

/**
 * Opens the pull request of a branch, or brings the open one up to date: only our own part of its body, so that what
 * people wrote there stays, and the title only where nobody else chose it. Gives its address.
 */
export async function keepRequest(
  forge: Forge,
  request: StandingRequest,
  signal: AbortSignal,
): Promise<string> {
  const { branch, base, title } = request;
  const ours = partOf(request);
  const open = await forge.pullRequests.openFrom(branch, base, signal);
  if (open === undefined) {
    const created = await forge.pullRequests.create({ branch, base, title, body: ours }, signal);
    return created.url;
  }
  const body = withPart(open.body, ours);
  const isOursToName = open.title === request.before && open.title !== title;
  if (body !== open.body || isOursToName) {
    const change = isOursToName ? { body, title } : { body };
    await forge.pullRequests.update(open.number, change, signal);
  }
  return open.url;
}

function partOf({ asked, flow, told = [] }: StandingRequest): string {
  return [
    BEGIN,
    ...asked.map((sentence) => `- ${escaped(sentence)}`),
    "",
    ...(flow.length === 0
      ? []
      : ["**The way so far**", "", ...flow.map((line) => `- ${line}`), ""]),
    ...told,
    "What it will do, and who must approve it, is in the comment below.",
    END,
  ].join("\n");
}

/** What people typed is text here, and calls nobody. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&")
    .replace(/[@]/g, "@\u200b")
    .replace(/\s+/g, " ")
    .slice(0, 500);
}

/** A body without our part any more is a person's, and stays as it is. */
function withPart(body: string, ours: string): string {
  const text = body.replaceAll("\r\n", "\n");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) return body;
  return `${text.slice(0, from)}${ours}${text.slice(to + END.length)}`;
}
