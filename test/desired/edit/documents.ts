import fc from "fast-check";
import { readYaml, type SourceFile } from "../../../src/desired/yaml/read.ts";
import { plainValue } from "../../../src/desired/yaml/tree.ts";

/** What a promotion file says, as far as edits go. */
export interface Said {
  readonly project: string;
  readonly versions: readonly SaidLine[];
  readonly pins?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface SaidLine {
  readonly version: string;
  readonly digest: string;
  readonly from?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly channels?: readonly (
    | string
    | { readonly channel: string; readonly environment?: string }
  )[];
}

export const CHANNELS = ["dev", "test", "staging", "prod"] as const;

/** The file of a text. */
export function fileOf(text: string): SourceFile {
  return { path: "promotions/payments/api.yaml", text };
}

/** What a text says, as plain data. */
export function said(text: string): Said {
  const { tree, diagnostics } = readYaml(fileOf(text));
  if (diagnostics.length > 0 || tree.root === undefined)
    throw new Error(JSON.stringify(diagnostics));
  return JSON.parse(JSON.stringify(plainValue(tree.root)));
}

/** A digest of its own for each number. */
export function digestOf(number: number): string {
  return `sha256:${number.toString(16).padStart(64, "0")}`;
}

type Quote = "plain" | "single" | "double";
type LineStyle = "flow" | "tight" | "tall" | "block";

/** How a made-up file is laid out. */
interface Style {
  readonly line: LineStyle;
  readonly quote: Quote;
  readonly quoteDigest: Quote;
  readonly listIndent: number;
  readonly gap: number;
  readonly channels: "flow" | "wide" | "block";
  readonly pins: "flow" | "block";
  readonly blankLines: boolean;
  readonly comments: number;
  readonly head: string;
  readonly eol: string;
  readonly bom: boolean;
  readonly finalEol: boolean;
  readonly pinsFirst: boolean;
}

const style: fc.Arbitrary<Style> = fc.record({
  line: fc.constantFrom<LineStyle[]>("flow", "tight", "tall", "block"),
  quote: fc.constantFrom<Quote[]>("plain", "single", "double"),
  quoteDigest: fc.constantFrom<Quote[]>("plain", "single", "double"),
  listIndent: fc.constantFrom(0, 2, 4),
  gap: fc.constantFrom(1, 1, 3),
  channels: fc.constantFrom("flow", "wide", "block"),
  pins: fc.constantFrom("flow", "block"),
  blankLines: fc.boolean(),
  comments: fc.integer({ min: 0, max: 255 }),
  head: fc.constantFrom("", "# a head\n", "\n", "---\n"),
  eol: fc.constantFrom("\n", "\n", "\r\n"),
  bom: fc.boolean(),
  finalEol: fc.boolean(),
  pinsFirst: fc.boolean(),
});

const VERSIONS = [
  "v1.5.0-rc.2",
  "v1.4.2",
  "v1.4.2-rc.3",
  "v1.4.1",
  "v1.3.9",
  "v1.3.0",
  "1.10",
  "2026-01-02",
  "nightly",
];

const use = fc.oneof(
  fc.constantFrom<string[]>(...CHANNELS),
  fc.record({
    channel: fc.constantFrom<string[]>(...CHANNELS),
    environment: fc.constantFrom("eu", "us"),
  }),
);

function channelOf(item: string | { readonly channel: string }): string {
  return typeof item === "string" ? item : item.channel;
}

const line = fc.record(
  {
    version: fc.constantFrom(...VERSIONS),
    state: fc.constantFrom("deprecated", "retired"),
    reason: fc.constantFrom(
      "superseded by v2",
      "it: is #1",
      "out of support",
      'say "no", it\'s [old]',
    ),
    channels: fc.uniqueArray(use, { maxLength: 3, selector: channelOf }),
  },
  { requiredKeys: ["version"] },
);

const lines = fc
  .tuple(
    fc.uniqueArray(line, { maxLength: 5, selector: ({ version }) => version }),
    fc.constantFrom("as is", "falling", "rising"),
  )
  .map(([all, order]) => {
    const sorted =
      order === "as is"
        ? all
        : all.toSorted((a, b) => VERSIONS.indexOf(a.version) - VERSIONS.indexOf(b.version));
    const put = order === "rising" ? sorted.toReversed() : sorted;
    return put.map(({ version, ...rest }): SaidLine => ({
      version,
      digest: digestOf(VERSIONS.indexOf(version) + 1),
      ...rest,
    }));
  });

const pins = fc.option(
  fc.dictionary(
    fc.constantFrom("prod", "staging"),
    fc.dictionary(
      fc.constantFrom("stable", "1.4", "latest"),
      fc.oneof(
        fc.constant("v1.4.1"),
        fc.record(
          {
            version: fc.constant("v1.4.1"),
            reason: fc.constant("INC-812"),
            until: fc.constant("2026-12-01T00:00:00Z"),
          },
          { requiredKeys: ["version"] },
        ),
      ),
      { minKeys: 1 },
    ),
    { minKeys: 1 },
  ),
  { nil: undefined },
);

/** A promotion file in some layout, with comments, and the data that it was made of. */
export const document: fc.Arbitrary<string> = fc
  .tuple(lines, pins, style)
  .map(([versions, held, how]) => write(versions, held, how));

/** How one person lays out one file: every word is written here by hand, so that the edits are compared with no writer of their own. */
function write(versions: readonly SaidLine[], held: Said["pins"], how: Style): string {
  let count = 0;
  /** A comment where the bits of the style say so; each is one of its kind, so that a lost one is noticed. */
  function comment(bit: number, prefix = " "): string {
    count += 1;
    return (how.comments >> bit) & 1 ? `${prefix}# c${count}` : "";
  }
  const items = versions.flatMap((each, index) => {
    const indent = " ".repeat(how.listIndent);
    const above = index > 0 || (how.comments & 128) > 0 ? comment(3, indent) : "";
    const blank = how.blankLines && index > 0 ? [""] : [];
    return [...blank, ...(above === "" ? [] : [above]), ...writeLine(each, how, comment)];
  });
  const list =
    versions.length === 0 ? [`versions: []${comment(1)}`] : [`versions:${comment(1)}`, ...items];
  const pinLines = held === undefined ? [] : writePins(held, how, comment);
  const body = [
    "project: payments",
    ...(how.pinsFirst
      ? [...pinLines, ...list]
      : [...list, ...(comment(4, "") === "" ? [] : [comment(4, "")]), ...pinLines]),
  ];
  const text = how.head + body.join("\n") + (how.finalEol ? "\n" : "");
  return (how.bom ? "\uFEFF" : "") + text.replaceAll("\n", how.eol);
}

type Comment = (bit: number, prefix?: string) => string;

function writeLine(each: SaidLine, how: Style, comment: Comment): readonly string[] {
  const dash = `${" ".repeat(how.listIndent)}-${" ".repeat(how.gap)}`;
  const deep = " ".repeat(dash.length);
  const pairs = Object.entries(each).map(([key, value]) => {
    if (key === "channels") return [key, writeChannels(each.channels ?? [], how)] as const;
    const quote = key === "digest" ? how.quoteDigest : key === "version" ? how.quote : "plain";
    return [key, scalar(String(value), quote)] as const;
  });
  const flat = pairs.map(([key, value]) => `${key}: ${value}`);
  switch (how.line) {
    case "flow":
      return [`${dash}{ ${flat.join(", ")} }${comment(0)}`];
    case "tight":
      return [`${dash}{${flat.join(", ")}}${comment(0)}`];
    case "tall":
      return [
        `${dash}{`,
        ...flat.map(
          (pair, index) =>
            `${deep}  ${pair}${index < flat.length - 1 || how.gap > 1 ? "," : ""}${comment(2)}`,
        ),
        `${deep}}${comment(0)}`,
      ];
    case "block":
      return pairs.flatMap(([key, value], index) => {
        const start = index === 0 ? dash : deep;
        if (key !== "channels" || how.channels !== "block" || each.channels?.length === 0)
          return [`${start}${key}: ${value}${comment(2)}`];
        return [
          `${start}${key}:${comment(2)}`,
          ...(each.channels ?? []).map((item) => `${deep}  - ${writeUse(item)}${comment(0)}`),
        ];
      });
  }
}

function writeChannels(items: NonNullable<SaidLine["channels"]>, how: Style): string {
  const inside = items.map(writeUse).join(", ");
  return how.channels === "wide" && inside !== "" ? `[ ${inside} ]` : `[${inside}]`;
}

function writeUse(item: NonNullable<SaidLine["channels"]>[number]): string {
  return typeof item === "string"
    ? item
    : `{ channel: ${item.channel}, environment: ${item.environment ?? "eu"} }`;
}

function writePins(
  held: NonNullable<Said["pins"]>,
  how: Style,
  comment: Comment,
): readonly string[] {
  const channels = Object.entries(held).map(
    ([channel, tags]) =>
      [
        channel,
        Object.entries(tags).map(
          ([tag, pin]) =>
            `${JSON.stringify(tag)}: ${typeof pin === "string" ? pin : writePin(pin)}`,
        ),
      ] as const,
  );
  if (how.pins === "flow")
    return [
      `pins: { ${channels.map(([channel, tags]) => `${channel}: { ${tags.join(", ")} }`).join(", ")} }${comment(5)}`,
    ];
  return [
    `pins:${comment(5)}`,
    ...channels.flatMap(([channel, tags]) => [
      `  ${channel}:${comment(5)}`,
      ...tags.map((tag) => `    ${tag}${comment(6)}`),
    ]),
  ];
}

function writePin(pin: unknown): string {
  return `{ ${Object.entries(pin as Record<string, string>)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")} }`;
}

function scalar(text: string, quote: Quote): string {
  if (quote === "single") return `'${text.replaceAll("'", "''")}'`;
  const isBare = quote === "plain" && !/^[\d.]+$|[:#[\]{},"']/.test(text.replace(/^sha256:/, ""));
  return isBare ? text : JSON.stringify(text);
}
