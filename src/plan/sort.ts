import { compareText, type Action, type Blocked, type Op, type PlanNote } from "#model";

const OP_ORDER: Readonly<Record<Op, string>> = {
  delete: "0",
  untag: "1",
  copy: "2",
  tag: "3",
  attest: "4",
};

type Fields<Item> = readonly ((item: Item) => string | null | undefined)[];

const ACTION_FIELDS: Fields<Action> = [
  ({ artifact }) => artifact,
  ({ channel }) => channel,
  ({ site }) => site,
  ({ to }) => to,
  ({ op }) => OP_ORDER[op],
  ({ tag }) => tag,
  ({ digest }) => digest,
];

const BLOCKED_FIELDS: Fields<Blocked> = [
  ({ artifact }) => artifact,
  ({ version }) => version,
  ({ channel }) => channel,
  ({ site }) => site,
  ({ code }) => code,
  ({ key }) => key?.tag,
  ({ reason }) => reason,
];

const NOTE_FIELDS: Fields<PlanNote> = [({ code }) => code, ({ message }) => message];

/** Sorts by artifact, channel, site, `to`, op (delete, untag, copy, tag, attest), tag, digest. */
export function sortActions(actions: Iterable<Action>): readonly Action[] {
  return sortBy(actions, ACTION_FIELDS);
}

/** Sorts by artifact, version, channel, site, code; what is still equal by its tag and its reason. */
export function sortBlocked(blocked: Iterable<Blocked>): readonly Blocked[] {
  return sortBy(blocked, BLOCKED_FIELDS);
}

/** Sorts by code, then message. */
export function sortNotes(notes: Iterable<PlanNote>): readonly PlanNote[] {
  return sortBy(notes, NOTE_FIELDS);
}

/** What does not apply sorts before every text. */
function sortBy<Item>(items: Iterable<Item>, fields: Fields<Item>): readonly Item[] {
  return [...items].toSorted((a, b) => {
    for (const field of fields) {
      const order = compareText(field(a) ?? "", field(b) ?? "");
      if (order !== 0) return order;
    }
    return 0;
  });
}
