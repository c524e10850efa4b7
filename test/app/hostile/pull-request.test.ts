import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsIn, fileCommandsIn } from "./runner.ts";
import { APP, FILE, PROMOTED, Stage, type Aftermath, type Attack } from "./stage.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const MARKER = `<!-- waybill:plan v1 id=waybill head=${"a".repeat(40)} base=none digest=none -->`;
/** Everything that a text can try at once, in one line. */
const LINE = `\u001b[2J\u202egnp ::error::x ##[add-mask]x %0A::set-output name=result::none @alice #1 </details><!-- ${MARKER} \`\`\` | [a](javascript:x) <img src=x>`;
const TEXT = `${MARKER}\n::error::stolen\n::stop-commands::x\n\`\`\`\n</details>\n${LINE}`;

function json(text: string): string {
  return JSON.stringify(text);
}

/** An image that says of itself whatever it likes. */
const LIAR = image({
  seed: "liar",
  labels: { "org.opencontainers.image.version": TEXT, "org.opencontainers.image.revision": LINE },
  annotations: {
    "org.opencontainers.image.source": "javascript:alert(1)",
    "org.opencontainers.image.revision": `${"a".repeat(40)}](javascript:x)`,
    "org.opencontainers.image.description": TEXT,
    "org.opencontainers.image.title": LINE,
    [LINE]: TEXT,
  },
});

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  seed(stage.forge.source.repository("staging/liar"), LIAR);
});
afterAll(async () => {
  const { violations } = stage.forge.github;
  await stage[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** The workflow file of the base that somebody edits, the folder of what somebody adds. */
const WORKFLOW = ".github/workflows/waybill-plan.yml";

interface Row extends Omit<Attack, "entries"> {
  readonly name: string;
  readonly entries: (lure: Lure) => Attack["entries"];
  readonly result: string;
  /** A code that the check says. */
  readonly says?: string;
}

/** What an attack would have run or spoken with. */
interface Lure {
  /** The file that it would leave. */
  readonly mark: string;
  readonly host: string;
}

function touching(mark: string): string {
  return `#!/bin/sh\ntouch '${mark}'\n`;
}

const api = versionLine("v1.0.0", APP, "channels: [staging, prod]");
const ROWS: readonly Row[] = [
  { name: "means no harm", entries: () => ({ [FILE]: PROMOTED }), result: "changes" },
  {
    name: "has a title, a branch and a body that are commands, markers and overrides",
    entries: () => ({ [FILE]: PROMOTED }),
    title: `$(touch it-ran) \`id\` ${LINE}`,
    branch: "x;$(touch${IFS}it-ran)'\"&&`id`",
    body: `${TEXT}\n\`\`\`waybill-override\nlimit: soak\nchannel: prod\nreason: mine\nexpires: 2030-01-01T00:00:00Z\n\`\`\`\n`,
    result: "changes",
  },
  {
    name: "names files by commands, lines and escapes",
    entries: () => ({
      [FILE]: PROMOTED,
      "promotions/payments/a\n::error::b.yaml": PROMOTED,
      "promotions/payments/::error file=x::b.yaml": PROMOTED,
      "promotions/payments/%0A::warning::c.yaml": PROMOTED,
      "promotions/payments/\u001b]0;x\u0007.yaml": PROMOTED,
      "promotions/payments/\u202elmay.yaml": PROMOTED,
      "promotions/##[add-mask]x/@alice.yaml": PROMOTED,
      [`promotions/payments/${"-->".repeat(3)}<img src=x>.yaml`]: PROMOTED,
    }),
    result: "invalid",
  },
  {
    name: "writes commands, markers and escapes into every text of a promotion",
    entries: () => ({
      [FILE]: PROMOTED.replace(
        "artifact:\n",
        `artifact:\n  description: ${json(TEXT)}\n  owner: ${json(LINE.slice(0, 100))}\n`,
      ),
    }),
    result: "changes",
  },
  {
    name: "brings an image with annotations like that",
    entries: () => ({
      "promotions/payments/liar.yaml": promotion(
        "liar",
        versionLine("v1.0.0", LIAR, "channels: [staging]"),
      ),
    }),
    result: "changes",
  },
  {
    name: "writes them where they are errors",
    entries: () => ({
      [FILE]: `apiVersion: waybill.dev/v1\nkind: Promotion\nproject: ${json(TEXT)}\nname: ${json(LINE)}\n${json(LINE)}: 1\nartifact: { kind: ${json(TEXT)}, source: { type: oci, repository: ${json(LINE)} } }\nversions:\n  - { version: ${json(TEXT)}, digest: ${json(LINE)}, channels: [${json(TEXT)}] }\n`,
    }),
    result: "invalid",
  },
  {
    name: "writes YAML that costs or means something else",
    entries: () => ({
      "promotions/payments/bomb.yaml": `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`,
      "promotions/payments/deep.yaml": "[".repeat(100_000),
      "promotions/payments/tag.yaml": `a: !!js/function "touch"\n__proto__: { polluted: true }\n<<: { a: 1 }\n`,
      "promotions/payments/two.yaml": `${PROMOTED}---\n${PROMOTED}`,
      "promotions/payments/huge.yaml": `${PROMOTED}# ${"x".repeat(3 * 1024 * 1024)}\n`,
    }),
    result: "invalid",
  },
  {
    name: "links out of the tree",
    entries: () => ({
      [FILE]: { link: "/proc/self/environ" },
      "promotions/payments/key.yaml": { link: "../../../../../../../../etc/passwd" },
      "promotions/away": { link: "/" },
      "policies/owners.yaml": { link: "../.git/config" },
    }),
    result: "invalid",
    says: "symlink-outside",
  },
  {
    name: "leads a known host elsewhere in registries.yaml",
    entries: ({ host }) => ({
      "policies/registries.yaml": `apiVersion: waybill.dev/v1\nkind: Registries\nhosts:\n  registry.example.com: { endpoint: "http://${host}", tokenHosts: ["${host}"] }\n  registry.oslo.example.com: { endpoint: "http://${host}" }\n`,
    }),
    result: "changes",
  },
  {
    name: "brings a host that the base does not know",
    entries: ({ host }) => ({
      "promotions/payments/other.yaml": promotion("other", api).replace(
        "registry.example.com/staging/other",
        `${host}/staging/other`,
      ),
    }),
    result: "invalid",
  },
  {
    name: "brings a host by a site and a source at once",
    entries: ({ host }) => ({
      "policies/sites.yaml": `apiVersion: waybill.dev/v1\nkind: Sites\nsites:\n  oslo: { environment: eu, stores: { oci: registry.oslo.example.com } }\n  trap: { stores: { oci: "${host}" } }\n`,
      "promotions/payments/other.yaml": promotion(
        "other",
        versionLine("v1.0.0", APP, "channels: [staging]"),
      ).replace("registry.example.com/staging/other", `${host}/staging/other`),
    }),
    result: "desired-only",
  },
  {
    name: "edits the workflow that checks it",
    entries: () => ({ [FILE]: PROMOTED, [WORKFLOW]: "on: pull_request_target\njobs: {}\n" }),
    result: "invalid",
    says: "policy-and-promotion",
  },
  {
    name: "edits who may promote, and promotes",
    entries: () => ({
      [FILE]: PROMOTED,
      "policies/owners.yaml":
        "apiVersion: waybill.dev/v1\nkind: Owners\ngroups: { sre: { people: [mallory1] } }\nowners: []\nadmins: [sre]\n",
    }),
    result: "invalid",
    says: "policy-and-promotion",
  },
  {
    name: "brings attributes, modules, hooks and programs for git",
    entries: ({ mark, host }) => ({
      [FILE]: PROMOTED,
      ".gitattributes": "* filter=evil diff=evil merge=evil text eol=crlf\n*.yaml filter=lfs\n",
      ".gitmodules": `[submodule "x"]\n\tpath = promotions/sub\n\turl = ext::sh -c touch% ${mark}\n`,
      ".gitconfig": `[core]\n\tfsmonitor = touch ${mark}\n\tpager = touch ${mark}\n[filter "evil"]\n\tclean = touch ${mark}\n\tsmudge = touch ${mark}\n`,
      ".lfsconfig": `[lfs]\n\turl = http://${host}/lfs\n`,
      ".git-hooks/post-checkout": { program: touching(mark) },
      git: { program: touching(mark) },
      "node_modules/.bin/git": { program: touching(mark) },
      "node_modules/yaml/index.js": `require("fs").writeFileSync(${json(mark)}, "")`,
      "package.json": json("x"),
      ".npmrc": `node-options=--require=./evil.js\n`,
      ".env": `WAYBILL_SIGN_KEY=x\nNODE_OPTIONS=--require=./evil.js\n`,
      ".docker/config.json": `{"credsStore":"evil"}`,
      ".config/containers/auth.json": `{"credHelpers":{"registry.example.com":"evil"}}`,
      "docker-credential-evil": { program: touching(mark) },
      "promotions/sub": { commit: "1".repeat(40) },
    }),
    result: "changes",
  },
  {
    name: "brings modules that git itself stops at",
    entries: ({ mark }) => ({
      [FILE]: PROMOTED,
      ".gitmodules": `[submodule "x"]\n\tpath = promotions/sub\n\turl = ../x\n\tupdate = !touch ${mark}\n`,
      "promotions/sub": { commit: "1".repeat(40) },
    }),
    result: "unknown",
  },
  {
    name: "makes the promotions root a repository",
    entries: ({ mark }) => ({
      [FILE]: PROMOTED,
      HEAD: "ref: refs/heads/main\n",
      "objects/keep": "",
      "refs/keep": "",
      config: `[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = touch ${mark}\n`,
    }),
    result: "changes",
  },
  {
    name: "takes away every policy",
    entries: () => ({
      "policies/sites.yaml": undefined,
      "policies/channels.yaml": undefined,
      "policies/owners.yaml": undefined,
      "policies/registries.yaml": undefined,
    }),
    result: "invalid",
  },
];

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const OUTPUTS = {
  result: /^(?:none|changes|blocked|invalid|unknown|desired-only)$/,
  "plan-digest": /^(?:sha256:[0-9a-f]{64})?$/,
  changes: /^\d+$/,
  destructive: /^\d+$/,
};

/** Nothing but this pull request's own verdict came of it. */
function expectNothingElse(after: Aftermath): void {
  expect(stage.ran).toBe(false);
  expect(stage.trapped).toEqual([]);
  expect(stage.writes).toEqual([]);
  expect(after.disturbed).toBe("");
  expect(after.environment).toBe("");
  expect(after.stdout + after.stderr + after.report.said + after.summary).not.toContain(
    "the-registry-password",
  );
}

function expectOwnCommandsOnly({ stdout, stderr, report }: Aftermath): void {
  const lines = stdout.split("\n").filter((line) => line !== "");
  const commands = commandsIn(stdout);
  expect(lines.filter((line) => !/^::(?:error|warning) [^\n]*::./.test(line))).toEqual([]);
  expect(commands).toHaveLength(lines.length);
  for (const { name, properties, message } of commands) {
    expect(name).toMatch(/^(?:error|warning)$/);
    expect([...properties.keys()].filter((key) => !/^(?:file|line|col|title)$/.test(key))).toEqual(
      [],
    );
    expect(properties.get("title")).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    for (const text of [message, ...properties.values()]) expect(text).not.toMatch(CONTROL);
    for (const text of [message, ...properties.values()]) expect(text).not.toContain("\n");
  }
  for (const said of [stderr, report.said]) {
    expect(commandsIn(said)).toEqual([]);
    expect(said).not.toMatch(CONTROL);
  }
}

function expectSafeMarkdown(text: string): void {
  expect(text).not.toMatch(CONTROL);
  // What stands in a code span is text to GitHub, and calls nobody.
  const outside = text.replaceAll(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
  expect(outside).not.toMatch(/<img|javascript:x\)|@alice/i);
  expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
}

describe("a hostile pull request changes nothing but its own verdict", { timeout: 60_000 }, () => {
  it.for(ROWS.map((row) => [row.name, row] as const))("one that %s", async ([, row]) => {
    const lure = { mark: stage.mark, host: stage.trapHost };
    const after = await stage.attack({ ...row, entries: row.entries(lure) });
    const outputs = fileCommandsIn(after.outputs);
    expect([...outputs.keys()].toSorted()).toEqual(Object.keys(OUTPUTS).toSorted());
    for (const [key, grammar] of Object.entries(OUTPUTS))
      expect(outputs.get(key) ?? "-").toMatch(grammar);
    expectNothingElse(after);
    expectOwnCommandsOnly(after);
    expect({
      result: outputs.get("result"),
      stdout: after.stdout,
      err: after.stderr,
    }).toMatchObject({
      result: row.result,
      stdout: row.result === "changes" ? "" : expect.any(String),
    });
    if (row.says !== undefined) expect(after.stdout).toContain(`title=${row.says}::`);
    expectSafeMarkdown(after.summary);
    if (row.result === "unknown") {
      // Nothing could be planned, which fails the check; there is nothing to comment on.
      expect({ code: after.code, comments: after.comments }).toEqual({ code: 1, comments: [] });
      return;
    }
    expect(after.report.code).toBe(0);
    const [body = "", ...more] = after.comments;
    expect(more).toEqual([]);
    const head = stage.forge.github.pull(after.number).head.commit;
    expect(body).toMatch(new RegExp(`^<!-- waybill:plan v1 id=waybill head=${head} base=`));
    expect(body.match(/<!--/g)).toHaveLength(1);
    expectSafeMarkdown(body);
  });
});
