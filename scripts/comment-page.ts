/**
 * `node scripts/comment-page.ts FILE… --out page.html [--open] [--picture page.png --browser CHROMIUM]`: shows comments
 * much as GitHub does, to be looked at: cmark-gfm (Debian's package of that name) renders the Markdown, elements that
 * GitHub takes out are an error, and a style near GitHub's is around it. An approximation, and no part of any test.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    open: { type: "boolean", default: false },
    picture: { type: "string" },
    browser: { type: "string", default: "chromium" },
    size: { type: "string", default: "920,1200" },
  },
});

/** What GitHub leaves in a comment (github/markup: html-pipeline's allow-list). */
const ALLOWED: ReadonlySet<string> = new Set(
  "h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul li table thead tbody tr td th blockquote dl dt dd kbd q samp var hr s strike summary details caption span".split(
    " ",
  ),
);

const EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter", "tasklist"];

const STYLE = `
body { margin: 24px; background: #fff; color: #1f2328;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "Open Sans", Helvetica, Arial, sans-serif; }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; margin: 0 0 24px; max-width: 860px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; color: #59636e; }
.head b { color: #1f2328; }
.bot { border: 1px solid #d1d9e0; border-radius: 2em; font-size: 12px; padding: 0 7px; margin-left: 4px; }
.body { padding: 16px; overflow-wrap: break-word; }
.body > :first-child { margin-top: 0; } .body > :last-child { margin-bottom: 0; }
p, ul, ol, table, details, blockquote, pre { margin: 0 0 16px; }
h4 { font-size: 14px; margin: 24px 0 16px; }
ul { padding-left: 2em; } li + li { margin-top: .25em; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(2n) td { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font: 85% ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; } pre code { background: none; padding: 0; }
a { color: #0969da; } sub { font-size: 75%; line-height: 0; vertical-align: baseline; position: relative; bottom: -.25em; }
blockquote { color: #59636e; border-left: .25em solid #d1d9e0; padding: 0 1em; }
.alert { border-left: .25em solid #9a6700; padding: 8px 16px; margin: 0 0 16px; } .alert b.kind { color: #9a6700; display: block; }
summary { cursor: pointer; }
`;

if (positionals.length === 0 || values.out === undefined)
  throw new Error("say which comments, and --out where the page goes");
const comments = positionals.map((file) => shown(file, readFileSync(file, "utf8")));
writeFileSync(
  values.out,
  `<!doctype html><meta charset="utf-8"><title>Comments</title><style>${STYLE}</style>${comments.join("\n")}`,
);
if (values.picture !== undefined) takePicture(values.picture, values.out);

function shown(file: string, markdown: string): string {
  const state = basename(file, ".md").replaceAll("-", " ");
  return `<div class="comment"><div class="head"><b>waybill</b><span class="bot">bot</span> commented &mdash; ${state}</div><div class="body">${rendered(markdown)}</div></div>`;
}

function rendered(markdown: string): string {
  const args = ["--unsafe", "--github-pre-lang", ...EXTENSIONS.flatMap((name) => ["-e", name])];
  const html = execFileSync("cmark-gfm", args, { input: markdown, encoding: "utf8" });
  const clean = withAlerts(html.replaceAll(/<!--[^]*?-->/g, ""));
  const foreign = [...clean.matchAll(/<\/?([a-z0-9]+)/gi)]
    .map(([, name = ""]) => name.toLowerCase())
    .filter((name) => !ALLOWED.has(name));
  if (foreign.length > 0) throw new Error(`GitHub takes out: ${[...new Set(foreign)].join(", ")}`);
  return values.open ? clean.replaceAll("<details>", "<details open>") : clean;
}

/** GitHub makes boxes of `> [!WARNING]`, which cmark-gfm does not know. */
function withAlerts(html: string): string {
  return html.replaceAll(
    /<blockquote>\s*<p>\[!(WARNING|NOTE|IMPORTANT|CAUTION|TIP)\]\s*([^]*?)<\/blockquote>/g,
    (_, kind: string, rest: string) =>
      `<div class="alert"><b class="kind">${kind.charAt(0)}${kind.slice(1).toLowerCase()}</b><p>${rest}</div>`,
  );
}

function takePicture(picture: string, page: string): void {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
  const asked = [`--window-size=${values.size}`, `--screenshot=${resolve(picture)}`];
  execFileSync(values.browser, [...flags, ...asked, `file://${resolve(page)}`], {
    stdio: ["ignore", "ignore", "ignore"],
    timeout: 60_000,
  });
}
