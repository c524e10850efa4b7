import { ForgeError } from "../forge-error.ts";
import { createClient, type GitHubClient } from "./client.ts";
import type { GitHubCredential } from "./credential.ts";
import { createPause } from "./pause.ts";
import type { GitHubPlace } from "./place.ts";

/** A GitHub, whatever the repository. */
export type GitHubServer = Pick<GitHubPlace, "server" | "api" | "graphql">;

/** What an App may ask for itself, by its key (issue 6 §6): where it is installed, and what it was told. */
export interface GitHubApp {
  readonly id: string;
  /** The installation that a repository is in; undefined where the App is not installed there. */
  installationOf(place: RepositoryName, signal: AbortSignal): Promise<number | undefined>;
  /** A token of an hour for one repository of an installation. */
  tokenFor(installation: number, repository: RepositoryName, signal: AbortSignal): Promise<string>;
  /** The deliveries that GitHub made, or tried to make, to our webhook since a time; newest first. */
  deliveries(since: Date, signal: AbortSignal): Promise<readonly HookDelivery[]>;
  /** Has GitHub make a delivery again, with the same identity. */
  redeliver(delivery: number, signal: AbortSignal): Promise<void>;
}

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** One attempt of GitHub's to tell us something. */
export interface HookDelivery {
  readonly id: number;
  /** The same for each attempt: what our answer of `X-GitHub-Delivery` is remembered by. */
  readonly guid: string;
  readonly event: string;
  readonly deliveredAt: string;
  readonly ok: boolean;
}

/** What GitHub made of a manifest that a person agreed to; each of the three last is a secret. */
export interface MadeGitHubApp {
  readonly id: number;
  readonly slug: string;
  readonly url: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

export interface AppOptions {
  readonly server: GitHubServer;
  readonly appId: string;
  /** The PEM that GitHub hands out. */
  readonly privateKey: string;
  /** False sends writes without the second between them that GitHub asks for. */
  readonly pace: boolean;
}

/** GitHub forgets deliveries after some days; more pages of them are not read. */
const MOST_PAGES = 20;

/** Opens the App itself: its requests are signed by its key, and touch no repository. */
export async function openGitHubApp(options: AppOptions): Promise<GitHubApp> {
  const { server, appId, privateKey, pace } = options;
  const credential = { kind: "app", appId, privateKey, installation: undefined } as const;
  const { client, auth } = await clientOf({ server, credential, pace });
  return {
    id: appId,
    async installationOf({ owner, name }, signal) {
      const ask = { to: `read where the App is in ${owner}/${name}`, right: "metadata: read" };
      const found = await client.find(
        ask,
        (octokit, request) => octokit.rest.apps.getRepoInstallation({ owner, repo: name, request }),
        signal,
      );
      return found?.data.id;
    },
    tokenFor: (installation, { name }, signal) =>
      client.call(
        { to: `get a token of installation ${installation}`, right: "metadata: read" },
        () => auth({ type: "installation", installationId: installation, repositoryNames: [name] }),
        signal,
      ),
    deliveries: (since, signal) => deliveriesSince(client, since, signal),
    async redeliver(delivery, signal) {
      await client.call(
        { to: `ask for delivery ${delivery} again`, right: "metadata: read" },
        (octokit, request) =>
          octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: delivery, request }),
        signal,
      );
    },
  };
}

/**
 * Trades the code that GitHub sent a person back with for the App that they agreed to. A code is good for one trade, and
 * needs no credential.
 */
export async function convertManifest(
  { server, code }: { readonly server: GitHubServer; readonly code: string },
  signal: AbortSignal,
): Promise<MadeGitHubApp> {
  const credential = { kind: "token", token: "", from: "a manifest's code" } as const;
  const { client } = await clientOf({ server, credential, pace: false });
  const made = await client.call(
    { to: "make the App of the manifest", right: "metadata: read", once: true },
    (octokit, request) => octokit.rest.apps.createFromManifest({ code, request }),
    signal,
  );
  const { id, slug, html_url: url, pem, webhook_secret: webhookSecret } = made.data;
  if (webhookSecret === null || webhookSecret === "")
    throw new ForgeError({
      code: "invalid-answer",
      message: "GitHub made the App without a webhook secret.",
      hint: "delete the App at GitHub, and set it up again",
    });
  return { id, slug: slug ?? "", url, privateKey: pem, webhookSecret };
}

interface Opening {
  readonly server: GitHubServer;
  readonly credential: GitHubCredential;
  readonly pace: boolean;
}

interface AppClient {
  readonly client: GitHubClient;
  readonly auth: (what: Readonly<Record<string, unknown>>) => Promise<string>;
}

async function clientOf({ server, credential, pace }: Opening): Promise<AppClient> {
  const { createOctokits } = await import("./octokit.ts");
  const pause = createPause();
  const place = { ...server, owner: "", name: "" };
  const pair = createOctokits({
    place,
    credential,
    pause,
    pace,
    userAgent: "waybill",
    retryStepMs: 1000,
  });
  const client = createClient({
    ...pair,
    graphql: server.graphql,
    owner: "",
    name: "",
    host: new URL(server.api).host,
    secret: credential.kind === "app" ? credential.privateKey : undefined,
    pause,
    waitAtMostMs: 30_000,
    onWait: undefined,
  });
  return { client, auth: async (what) => tokenIn(await pair.octokit.auth(what)) };
}

function tokenIn(answer: unknown): string {
  const token = typeof answer === "object" && answer !== null && "token" in answer && answer.token;
  if (typeof token === "string" && token !== "") return token;
  throw new ForgeError({ code: "invalid-answer", message: "GitHub gave the App no token." });
}

/** By cursors, which this listing alone has; of a link we follow the place and never the address. */
async function deliveriesSince(
  client: GitHubClient,
  since: Date,
  signal: AbortSignal,
): Promise<readonly HookDelivery[]> {
  const found: HookDelivery[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const at = cursor === undefined ? {} : { cursor };
    const { data, headers } = await client.call(
      { to: "list what our webhook was told", right: "metadata: read" },
      (octokit, request) =>
        octokit.rest.apps.listWebhookDeliveries({ per_page: 100, ...at, request }),
      signal,
    );
    const recent = data.filter(({ delivered_at: when }) => Date.parse(when) >= since.getTime());
    found.push(
      ...recent.map(({ id, guid, event, delivered_at: deliveredAt, status_code: code }) => {
        return { id, guid, event, deliveredAt, ok: code >= 200 && code < 300 };
      }),
    );
    cursor = cursorIn(headers.link);
    if (cursor === undefined || recent.length < data.length) break;
  }
  return found;
}

function cursorIn(link: string | undefined): string | undefined {
  const [, address] = /<([^<>]+)>; rel="next"/.exec(link ?? "") ?? [];
  const query = address === undefined ? undefined : URL.parse(address)?.searchParams;
  return query?.get("cursor") ?? undefined;
}
