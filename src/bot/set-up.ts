import { randomBytes, timingSafeEqual } from "node:crypto";
import { EVENTS } from "./hint.ts";
import type { Credentials } from "./state-folder.ts";

/** A page that a person's browser is shown. */
export interface Page {
  readonly status: 200 | 400 | 403 | 502;
  readonly body: string;
  /** The one address that its form may go to. */
  readonly formGoesTo?: string;
}

/** What GitHub made of the manifest. */
export interface MadeApp {
  readonly id: number;
  readonly url: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

export interface SetUpOptions {
  /** Where GitHub reaches the bot, without a slash at its end. */
  readonly url: string;
  /** `https://github.com` */
  readonly server: string;
  /** Undefined: the App belongs to the person who sets it up. */
  readonly organization: string | undefined;
  /** Trades the code that GitHub sent the person back with. */
  readonly convert: (code: string) => Promise<MadeApp>;
  /** Takes the App into use. */
  readonly use: (credentials: Credentials) => Promise<void>;
}

/** The set-up of the App, for as long as there is none (issue 6 §6, research: the manifest flow). */
export interface SetUp {
  /** What the person opens; it holds a word that only the bot's own log told. */
  readonly address: string;
  begin(query: URLSearchParams): Page;
  finish(query: URLSearchParams): Promise<Page>;
}

/** A person needs no longer between two pages; the code itself is good for an hour. */
const WITHIN_MS = 60 * 60_000;

/**
 * Begins a set-up. Whoever finishes it decides which App the bot is, so that it takes a word from the bot's log to begin,
 * and the state that was given to the same person to end.
 */
export function createSetUp(options: SetUpOptions): SetUp {
  const word = randomBytes(18).toString("base64url");
  const states = new Map<string, number>();
  let isTaken = false;
  return {
    address: `${options.url}/setup?word=${word}`,
    begin(query) {
      if (!isSame(query.get("word") ?? "", word))
        return page(403, "Open the address that the bot wrote when it started.");
      const state = randomBytes(18).toString("base64url");
      if (states.size >= 100) states.clear();
      states.set(state, Date.now() + WITHIN_MS);
      return formPage(options, state);
    },
    async finish(query) {
      const [state, code] = [query.get("state") ?? "", query.get("code") ?? ""];
      const until = states.get(state);
      if (until === undefined || until < Date.now())
        return page(403, "This page was not asked for here. Begin again.");
      if (!/^[A-Za-z0-9_-]{1,200}$/.test(code)) return page(400, "GitHub sent no code.");
      if (isTaken) return page(400, "The App is being made already.");
      states.delete(state);
      isTaken = true;
      try {
        return await made(options, code);
      } catch (error) {
        isTaken = false;
        const why = error instanceof Error ? error.message : "unknown error";
        return page(502, `The App could not be taken over: ${why} Begin again.`);
      }
    },
  };
}

async function made({ convert, use, server }: SetUpOptions, code: string): Promise<Page> {
  const { id, url, privateKey, webhookSecret } = await convert(code);
  await use({ appId: String(id), privateKey, webhookSecret });
  const isServers = URL.parse(url)?.origin === new URL(server).origin;
  const install = isServers
    ? `<p><a href="${escaped(url)}/installations/new">Install it in your promotions repository</a>.</p>`
    : "<p>Install it in your promotions repository.</p>";
  return { status: 200, body: html(`<p>The App is made, and the bot works as it.</p>${install}`) };
}

/**
 * The App that the bot asks for: it reads files, writes comments and checks, and nothing else. It cannot push, merge,
 * deploy or change a setting, so that nobody who takes the bot over can.
 */
function manifestOf(url: string): object {
  return {
    name: "waybill bot",
    url,
    public: false,
    hook_attributes: { url: `${url}/webhook`, active: true },
    redirect_url: `${url}/setup/callback`,
    default_permissions: {
      metadata: "read",
      contents: "read",
      pull_requests: "write",
      checks: "write",
      issues: "read",
      merge_queues: "read",
      members: "read",
    },
    default_events: [...EVENTS].filter((event) => !event.startsWith("installation")),
  };
}

function formPage({ url, server, organization }: SetUpOptions, state: string): Page {
  const where =
    organization === undefined
      ? `${server}/settings/apps/new`
      : `${server}/organizations/${encodeURIComponent(organization)}/settings/apps/new`;
  const manifest = escaped(JSON.stringify(manifestOf(url)));
  const body = html(
    `<p>GitHub asks you to agree to an App that reads files and writes comments and checks.</p>
<form action="${escaped(where)}?state=${state}" method="post">
<input type="hidden" name="manifest" value="${manifest}">
<button type="submit">Make the App at ${escaped(new URL(server).host)}</button>
</form>`,
  );
  return { status: 200, body, formGoesTo: new URL(server).origin };
}

function page(status: Page["status"], text: string): Page {
  return { status, body: html(`<p>${escaped(text)}</p>`) };
}

function html(body: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>waybill bot</title>
<h1>waybill bot</h1>
${body}
</html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function isSame(given: string, word: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(word)];
  return a.length === b.length && timingSafeEqual(a, b);
}
