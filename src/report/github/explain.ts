import { parseArtifactRef, versionIdentity, type Action, type Blocked } from "#model";
import { closed } from "../plan-markdown.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "../plan-trust.ts";
import { subjectOf, verbOf } from "../plan-rows.ts";
import { count } from "../quantities.ts";
import type { ArtifactPage } from "./artifact-page.ts";
import type { CheckReport } from "./check-report.ts";
import { isStep } from "./verdict.ts";

/** No answer in a comment is longer; `waybill why` tells the whole page. */
const MOST_LINES = 8;

/**
 * What a pull request means for one artifact in the channels that it touches, in a few lines of plain text: what would
 * happen, what trust says, and what is missing and who can supply it, as `waybill why` has it (issue 6 §5).
 */
export function explainLines(report: CheckReport, artifact: string): readonly string[] {
  const is = selected(artifact);
  const actions = (report.plan?.actions ?? []).filter(is);
  const blocked = (report.plan?.blocked ?? []).filter(is);
  const pages = report.pages.filter(is);
  const subjects = new Set(
    [...actions, ...blocked, ...pages].map(
      ({ version = "", channel }) => `${version}\n${channel ?? ""}`,
    ),
  );
  const told = [
    ...[...subjects].flatMap((subject) => {
      const [version = "", channel = ""] = subject.split("\n");
      return subjectLines({ version, channel }, { actions, blocked, pages });
    }),
    ...report.desired.filter(is).map(({ version, channel, site }) => {
      return `${version} in ${channel} at ${site}: asked for; what is there is not known.`;
    }),
    ...report.inPlace.filter(is).map(({ version, channel, site }) => {
      return `${version} in ${channel} at ${site}: already so.`;
    }),
    ...report.changes
      .filter(isStep)
      .filter(is)
      .map(({ kind, version, detail }) => {
        const what = version === undefined ? artifact : `${artifact} ${version}`;
        return detail === undefined ? `${kind} ${what}.` : `${kind} ${what}: ${detail}.`;
      }),
  ];
  if (told.length === 0)
    return [`Nothing that was planned here is about ${artifact}: waybill why tells what it needs.`];
  const rest = told.length - MOST_LINES;
  return rest > 0
    ? [...told.slice(0, MOST_LINES), `And ${count(rest, "more line", "more lines")} in the plan.`]
    : told;
}

interface About {
  readonly artifact: string;
  readonly version?: string | undefined;
  readonly digest?: string | undefined;
}

/** The same selection as on a command line, among what the report names. */
function selected(text: string): (item: About) => boolean {
  const ref = parseArtifactRef(text);
  if (typeof ref === "string") return () => false;
  const { project, name, selector } = ref;
  return ({ artifact, version, digest }) => {
    if (artifact !== `${project}/${name}`) return false;
    if (selector === undefined || selector === digest) return true;
    if (version !== undefined && versionIdentity(version) === versionIdentity(selector))
      return true;
    const hex = /^[0-9a-f]{6,}$/.test(selector) ? digest?.split(":")[1] : undefined;
    return hex?.startsWith(selector) === true;
  };
}

interface Items {
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
  readonly pages: readonly ArtifactPage[];
}

function subjectLines(
  { version, channel }: { readonly version: string; readonly channel: string },
  items: Items,
): readonly string[] {
  function isOf(item: Pick<About, "version"> & { readonly channel: unknown }): boolean {
    return (item.version ?? "") === version && (item.channel ?? "") === channel;
  }
  const actions = items.actions.filter(isOf);
  const missing = items.pages.filter(isOf).flatMap((page) => page.missing);
  // What trust refuses is told as `why` tells it, where that is known: by what is missing, and not once for each place.
  const blocked = items.blocked
    .filter(isOf)
    .filter(({ verdict }) => verdict === undefined || missing.length === 0);
  const rows = blockedRows(blocked);
  const head = `${version === "" ? "It" : version}${channel === "" ? "" : ` in ${channel}`}`;
  const does = actions.map(
    (action) => `${verbOf(action)} ${subjectOf(action)} at ${action.site ?? "its place"}`,
  );
  const trust = decisionsOf(actions).map(trustWord);
  return [
    ...(does.length === 0
      ? []
      : [`${head}: ${[...new Set(does)].join(", ")}${trust.map((word) => `; ${word}`).join("")}.`]),
    ...missing.map(
      ({ what, by, found, who, fix }) =>
        `${head} misses ${what} (${by}): ${closed(found)} ${who}: ${closed(fix)}`,
    ),
    ...rows.map(({ item, sites }) => {
      const where = sites.length === 0 ? "" : ` at ${sites.join(", ")}`;
      return `${head}${where}: ${blockedWord(item)}, ${item.code}: ${closed(item.reason)} To do: ${closed(item.hint)}`;
    }),
  ];
}
