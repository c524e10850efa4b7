import type { TokenWish } from "./token.ts";
import type { TokenAnswer } from "./token-reply.ts";

/** Asks a token service once. */
export type AskForToken = (wish: TokenWish) => Promise<TokenAnswer>;

/** Tokens of one host that are held at most; the oldest go first. */
const MAX_TOKENS = 10_000;
/** A refusal is repeated to whoever asks in the next moments, so that thousands of requests ask only once. */
const REFUSAL_MS = 5_000;

interface Held {
  readonly answer: TokenAnswer;
  readonly until: number;
}

/**
 * The tokens of one host by service, credential and scope set; never one that grows over all repositories, for servers
 * refuse headers of that length (research copy-engines §3.3). Each is asked for once however many wait for it.
 */
export class TokenShelf {
  readonly #ask: AskForToken;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #flights = new Map<string, Promise<TokenAnswer>>();

  constructor(ask: AskForToken, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** The token for a wish: held, on its way, or asked for now. */
  get(wish: TokenWish): Promise<TokenAnswer> {
    const key = keyOf(wish);
    const held = this.#held.get(key);
    if (held !== undefined && held.until > this.#now()) return Promise.resolve(held.answer);
    const flight = this.#flights.get(key);
    if (flight !== undefined) return flight;
    const asked = this.#ask(wish)
      .then((answer) => this.#keep(key, answer))
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, asked);
    return asked;
  }

  /** Takes the token of a refused header away, wherever it lies; a newer one stays. */
  forget(header: string | undefined): void {
    if (header === undefined) return;
    for (const [key, { answer }] of this.#held)
      if (answer.kind === "token" && header === `Bearer ${answer.value}`) this.#held.delete(key);
  }

  #keep(key: string, answer: TokenAnswer): TokenAnswer {
    if (this.#held.size >= MAX_TOKENS) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    this.#held.delete(key);
    const until = answer.kind === "token" ? answer.renewAt : this.#now() + REFUSAL_MS;
    this.#held.set(key, { answer, until });
    return answer;
  }
}

function keyOf(wish: TokenWish): string {
  return [wish.realm.href, wish.service ?? "", wish.found?.id ?? "", ...wish.scopes].join("\n");
}
