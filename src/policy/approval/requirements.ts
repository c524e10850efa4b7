import {
  compareText,
  DEFAULT_APPROVALS,
  matchesAnyGlob,
  type Approvers,
  type ChangedFile,
  type Override,
  type OwnersRow,
  type ApprovalNeed,
} from "#model";
import { hasPeople } from "./membership.ts";
import type { ApprovalQuestion, ApprovalRules } from "./question.ts";

/** Files that say who may do what, or that run with the rights to do it. */
const GUARDED = /^(?:policies\/|\.github\/|(?:docs\/)?CODEOWNERS$)/;

/** What needs depend on; a commit without a pull request has neither facts nor overrides. */
type NeedsQuestion = Pick<ApprovalQuestion, "rules" | "files"> &
  Partial<Pick<ApprovalQuestion, "facts" | "overrides">>;

/** Everything that the base asks for before this pull request counts (issue 6 §3). */
export function requirementsOf(question: NeedsQuestion): readonly ApprovalNeed[] {
  const { rules, files } = question;
  if (rules.bootstrap) return [bootstrap(files)];
  return [
    ...ownersOf(rules, files),
    ...policiesOf(rules, files),
    ...channelsOf(rules, files),
    ...(question.overrides?.asked ?? []).flatMap((override) => overrideOf(question, override)),
  ];
}

function bootstrap(files: readonly ChangedFile[]): ApprovalNeed {
  return {
    kind: "bootstrap",
    what: "the first policies of this repository",
    channel: undefined,
    files: pathsOf(files),
    count: 1,
    from: { kind: "role", role: "admin" },
    after: undefined,
  };
}

/** One requirement for each row that matches a changed file. */
function ownersOf(rules: ApprovalRules, files: readonly ChangedFile[]): readonly ApprovalNeed[] {
  const asking = files.filter((file) => asksOwners(rules, file));
  return (rules.owners?.rows ?? []).flatMap((row) => {
    const matched = pathsOf(asking.filter((file) => isMatched(row, file)));
    if (matched.length === 0) return [];
    return [
      {
        kind: "owners" as const,
        what: row.paths.join(", "),
        channel: undefined,
        files: matched,
        count: 1,
        from: { kind: "groups" as const, groups: row.from },
        after: undefined,
      },
    ];
  });
}

/** Owners are asked, unless the file changes channels only, all of which do without (`codeOwners: false`). */
function asksOwners({ channels }: ApprovalRules, file: ChangedFile): boolean {
  return (
    file.channels.length === 0 ||
    file.channels.some((name) => (channels.get(name)?.approvals ?? DEFAULT_APPROVALS).codeOwners)
  );
}

/** A file whose kinds cannot be told is one of every kind: unknown never asks for less. */
function isMatched({ paths, kinds }: OwnersRow, file: ChangedFile): boolean {
  if (!matchesAnyGlob(paths, file.path)) return false;
  if (kinds === undefined || file.kinds === undefined || file.kinds.length === 0) return true;
  return file.kinds.some((kind) => kinds.includes(kind));
}

function policiesOf(rules: ApprovalRules, files: readonly ChangedFile[]): readonly ApprovalNeed[] {
  const guarded = pathsOf(files.filter(({ path }) => GUARDED.test(path)));
  if (guarded.length === 0) return [];
  return [
    {
      kind: "policies",
      what: "a change of policies or workflows",
      channel: undefined,
      files: guarded,
      count: 1,
      from: adminsOf(rules),
      after: undefined,
    },
  ];
}

/** Where nobody is named, the forge's own administrators, so that nobody can lock themselves out. */
function adminsOf({ owners }: ApprovalRules): Approvers {
  return hasPeople(owners?.admins ?? [], owners)
    ? { kind: "groups", groups: owners?.admins ?? [] }
    : { kind: "role", role: "admin" };
}

function channelsOf(
  { channels }: ApprovalRules,
  files: readonly ChangedFile[],
): readonly ApprovalNeed[] {
  const names = [...new Set(files.flatMap((file) => file.channels))].toSorted(compareText);
  return names.flatMap((name) => {
    const { count, from } = channels.get(name)?.approvals ?? DEFAULT_APPROVALS;
    if (count === 0) return [];
    return [
      {
        kind: "channel" as const,
        what: `channel ${name}`,
        channel: name,
        files: [],
        count,
        from: from === undefined ? ({ kind: "role", role: "write" } as const) : groups(from),
        after: undefined,
      },
    ];
  });
}

function groups(names: readonly string[]): Approvers {
  return { kind: "groups", groups: names };
}

function overrideOf({ rules, facts }: NeedsQuestion, override: Override): readonly ApprovalNeed[] {
  const channel = rules.channels.get(override.channel);
  if (channel === undefined) return [];
  return [
    {
      kind: "override",
      what: nameOf(override),
      channel: override.channel,
      files: [],
      count: 1,
      from: channel.overrides === undefined ? adminsOf(rules) : groups(channel.overrides),
      after: facts?.pullRequest.bodyEditedAt ?? facts?.pullRequest.createdAt,
    },
  ];
}

/** An override for a person: what it lifts, and where. */
export function nameOf({ limit, channel, site, value }: Override): string {
  const where = site === undefined ? channel : `${channel} at ${site}`;
  return `override of ${limit}${value === undefined ? "" : ` (up to ${value})`} in ${where}`;
}

function pathsOf(files: readonly ChangedFile[]): readonly string[] {
  return files.map(({ path }) => path).toSorted(compareText);
}
