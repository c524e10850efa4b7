import type { Scope } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";
import { errorWords } from "../http/error-words.ts";
import { parseChallenges, type Challenge } from "./challenge.ts";
import { basicAuthorization, type FoundCredential } from "./credential.ts";
import type { CredentialBook } from "./credentials.ts";
import { judgeRealm, type RealmVerdict } from "./realm.ts";
import { scopeTexts } from "./token.ts";
import type { TokenAnswer } from "./token-reply.ts";
import { TokenShelf, type AskForToken } from "./token-shelf.ts";

/** What one request wants to be allowed. */
export interface Need {
  /** Path of the repository, without its host. */
  readonly path: string;
  readonly scopes: readonly Scope[];
  /** User and password themselves, whatever the registry's own way to log in is. */
  readonly direct?: boolean;
}

export interface HostAuthParts {
  readonly endpoint: Endpoint;
  readonly credentials: CredentialBook;
  readonly ask: AskForToken;
  /** The challenges of the registry's `/v2/`, for registries that send none with real requests. */
  readonly ping: () => Promise<readonly string[]>;
  readonly now: () => number;
}

/** A 401: its challenges, the address that was asked, and the header that it refused. */
export interface Unauthorized {
  readonly lines: readonly string[];
  readonly asked: URL;
  readonly sent: string | undefined;
}

/** What a 401 told: a header to try with, or why there is no use in trying. */
export type Lesson =
  | { readonly kind: "again"; readonly authorization: string }
  | { readonly kind: "hopeless"; readonly why: string; readonly hint: string };

interface Bearer {
  readonly kind: "bearer";
  readonly realm: RealmVerdict;
  readonly service: string | undefined;
}
type Scheme = { readonly kind: "basic" } | Bearer;

/** How long a header that names a user is used before the credentials are looked up again. */
const DIRECT_MS = 5 * 60 * 1000;

/**
 * Who we are at one host. Nothing is asked before the host's first 401; what that taught is then used ahead of every
 * request, so that a known host costs no request more than one without a login.
 */
export class HostAuth {
  readonly #parts: HostAuthParts;
  readonly #shelf: TokenShelf;
  /** Headers by need, so that the usual request waits for nothing. */
  readonly #ready = new Map<string, { readonly header: string; readonly until: number }>();
  #scheme: Scheme | undefined;
  #pinged: Promise<readonly string[]> | undefined;

  constructor(parts: HostAuthParts) {
    this.#parts = parts;
    this.#shelf = new TokenShelf(parts.ask, parts.now);
  }

  /** The header for a request; undefined: none, as far as we know. At once where nothing has to be asked. */
  header(need: Need): string | undefined | Promise<string | undefined> {
    if (this.#scheme === undefined) return undefined;
    if (need.direct === true) return this.#find(need).then(directHeader);
    const ready = this.#ready.get(readyKey(need));
    if (ready !== undefined && ready.until > this.#parts.now()) return ready.header;
    return this.#header(this.#scheme, need);
  }

  /** Learns from a 401 which header to send. */
  async learn(refusal: Unauthorized, need: Need): Promise<Lesson> {
    this.#ready.delete(readyKey(need));
    const found = await this.#find(need);
    if (need.direct === true) return this.#basicLesson(found, refusal);
    const lines = refusal.lines.length > 0 ? refusal.lines : await this.#pingOnce();
    const challenge = choose(parseChallenges(lines));
    if (challenge === undefined && lines.length > 0) {
      const why = "it asks for a way to log in that is not known here";
      return { kind: "hopeless", why, hint: this.#hint(found) };
    }
    if (challenge === undefined) return this.#basicLesson(found, refusal);
    this.#scheme = this.#schemeOf(challenge, refusal.asked);
    if (this.#scheme.kind === "basic" || found?.credential.kind === "bearer")
      return this.#basicLesson(found, refusal);
    this.#shelf.forget(refusal.sent);
    const answer = await this.#token(this.#scheme, found, allScopes(need, challenge));
    if (answer?.kind !== "token") return this.#withoutToken(this.#scheme.realm, found, answer);
    return this.#again(need, `Bearer ${answer.value}`, answer.renewAt);
  }

  /** What a person can do where this host lets us no further. */
  async hint(path: string): Promise<string> {
    return this.#hint(await this.#find({ path, scopes: [] }));
  }

  #pingOnce(): Promise<readonly string[]> {
    this.#pinged ??= this.#parts.ping();
    return this.#pinged;
  }

  #find(need: Need): Promise<FoundCredential | undefined> {
    return this.#parts.credentials.find(this.#parts.endpoint, need.path);
  }

  async #header(scheme: Scheme, need: Need): Promise<string | undefined> {
    const found = await this.#find(need);
    const direct = directHeader(found);
    if (scheme.kind === "basic" || found?.credential.kind === "bearer") {
      if (direct !== undefined) this.#again(need, direct, this.#parts.now() + DIRECT_MS);
      return direct;
    }
    const answer = await this.#token(scheme, found, scopeTexts(need.scopes));
    if (answer?.kind !== "token") return undefined;
    return this.#again(need, `Bearer ${answer.value}`, answer.renewAt).authorization;
  }

  #again(need: Need, header: string, until: number): Lesson & { readonly kind: "again" } {
    this.#ready.set(readyKey(need), { header, until });
    return { kind: "again", authorization: header };
  }

  /** Where a user and password (or a ready token) go straight to the registry. */
  #basicLesson(found: FoundCredential | undefined, refusal: Unauthorized): Lesson {
    const direct = directHeader(found);
    if (direct !== undefined && direct !== refusal.sent)
      return { kind: "again", authorization: direct };
    return { kind: "hopeless", why: whyNot(found), hint: this.#hint(found) };
  }

  #withoutToken(
    realm: RealmVerdict,
    found: FoundCredential | undefined,
    answer: TokenAnswer | undefined,
  ): Lesson {
    const hint = this.#hint(found);
    if (realm.kind === "refused") return { kind: "hopeless", why: realm.reason, hint };
    const refusal = answer?.kind === "refused" ? answer : undefined;
    const words = errorWords(refusal?.body ?? "");
    const who =
      found === undefined || realm.kind === "anonymous" ? "anonymously" : `with ${found.source}`;
    const why = `its token service ${realm.url.host}, asked ${who}, ${refusal?.clause ?? "gave none"}`;
    return { kind: "hopeless", why: words === "" ? why : `${why}: ${words}`, hint };
  }

  #hint(found: FoundCredential | undefined): string {
    const { endpoint } = this.#parts;
    const realm = this.#scheme?.kind === "bearer" ? this.#scheme.realm : undefined;
    if (realm?.kind === "anonymous" && found !== undefined)
      return `credentials go to the token service ${realm.url.host} only where policies/registries.yaml says so: add tokenHosts: [${realm.url.host}] to "${endpoint.canonical}"`;
    const host = endpoint.host === "registry-1.docker.io" ? "docker.io" : endpoint.host;
    if (found === undefined)
      return `there are no credentials for it: docker login ${host}, or name a file in WAYBILL_REGISTRY_AUTH_FILE`;
    return `asked with the credentials of ${found.source}: log in (docker login ${host}) as somebody who may do this`;
  }

  #schemeOf(challenge: Challenge, asked: URL): Scheme {
    if (challenge.scheme === "basic") return { kind: "basic" };
    const realm = judgeRealm(challenge.parameters.get("realm") ?? "", this.#parts.endpoint, asked);
    return { kind: "bearer", realm, service: challenge.parameters.get("service") };
  }

  #token(
    { realm, service }: Bearer,
    found: FoundCredential | undefined,
    scopes: readonly string[],
  ): Promise<TokenAnswer | undefined> {
    if (realm.kind === "refused") return Promise.resolve(undefined);
    const trusted = realm.kind === "trusted" ? found : undefined;
    return this.#shelf.get({ realm: realm.url, service, scopes, found: trusted });
  }
}

/** What the request needs and what the registry asks for, each once. */
function allScopes(need: Need, challenge: Challenge): readonly string[] {
  const asked = challenge.parameters.get("scope")?.split(" ") ?? [];
  const scopes = new Set([...scopeTexts(need.scopes), ...asked.filter((text) => text !== "")]);
  return [...scopes].toSorted();
}

/** Bearer before Basic: a password goes to fewer places then. Schemes that we do not speak are skipped. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find((one) => one.scheme === "bearer" && one.parameters.has("realm")) ??
    challenges.find((one) => one.scheme === "basic")
  );
}

function whyNot(found: FoundCredential | undefined): string {
  if (found === undefined) return "it wants a login";
  return found.credential.kind === "identity"
    ? "it takes no identity token, which is all we have"
    : "it does not take our credentials";
}

function directHeader(found: FoundCredential | undefined): string | undefined {
  switch (found?.credential.kind) {
    case "password":
      return basicAuthorization(found.credential.user, found.credential.secret);
    case "bearer":
      return `Bearer ${found.credential.token}`;
    case "identity":
    case undefined:
      return undefined;
  }
}

function readyKey(need: Need): string {
  let key = need.path;
  for (const scope of need.scopes) key += `\n${scope.repository}:${scope.actions.join(",")}`;
  return key;
}
