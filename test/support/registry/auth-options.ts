/** What somebody may do; `repository` is exact, or a prefix ending in `*`. */
export interface Grant {
  readonly repository: string;
  readonly actions: readonly ("*" | "delete" | "pull" | "push")[];
}

/** A user of the double. */
export interface User {
  readonly password: string;
  /** Everything, where not given. */
  readonly grants?: readonly Grant[];
}

/** The shape of the 401's challenge. */
export type ChallengeShape =
  /** One Bearer challenge. */
  | "plain"
  /** Basic and Bearer, each in a header of its own; both are then accepted. */
  | "many-headers"
  /** Both in one header, separated by a comma; both are then accepted. */
  | "many-in-one"
  /** `Negotiate` and an unknown scheme with a token68 come first. */
  | "negotiate-first"
  /** Real requests are refused without a challenge; only `/v2/` gives it. */
  | "ping-only"
  /** Scheme and parameter names in unusual case, parameters in another order, spaces, no quotes. */
  | "odd-case"
  /** Bearer without a scope parameter. */
  | "no-scope";

/** Token authentication as registries do it. */
export interface BearerOptions {
  readonly kind: "bearer";
  readonly users?: Readonly<Record<string, User>>;
  /** What nobody in particular may do; none by default (an anonymous token is then empty). */
  readonly anonymous?: readonly Grant[];
  readonly challenge?: ChallengeShape;
  /** `other-host` puts the token endpoint on a listener of its own. */
  readonly realm?: "other-host" | "relative" | "same" | URL;
  readonly tokenField?: "access_token" | "both" | "token";
  /** The `expires_in` told; `omitted` leaves it out. */
  readonly expiresIn?: number | "omitted";
  /** Seconds a token really lives; by default as told, 60 where not told. */
  readonly lifetime?: number;
  /** Requests one token is good for: expiry without a clock. */
  readonly uses?: number;
  readonly issuedAt?: string;
  /** Identity tokens (for `grant_type=refresh_token`), each with the user it stands for. */
  readonly identityTokens?: Readonly<Record<string, string>>;
  /** `get-only` answers 404 to POST. */
  readonly tokenPost?: "accepted" | "get-only";
  /** `forbidden` answers 403 DENIED where the token lacks the scope, instead of a new challenge. */
  readonly insufficient?: "challenge" | "forbidden";
  /** The action a delete needs. */
  readonly deleteAction?: "*" | "delete" | "push";
  /** The action a cancelled upload needs; `delete` as distribution has it. */
  readonly cancelAction?: "delete" | "push";
  /** Grant only the first (or last) scope asked, as some servers do. */
  readonly scopesRead?: "all" | "first" | "last";
  /** Repositories in a token above which requests get 400: header limits. */
  readonly maxScopes?: number;
}

/** Plain passwords. */
export interface BasicOptions {
  readonly kind: "basic";
  readonly users: Readonly<Record<string, User>>;
  /** `bare` is the scheme alone, without parameters. */
  readonly challenge?: "bare" | "plain";
}

/** How the double knows who asks. */
export type AuthOptions = BearerOptions | BasicOptions | { readonly kind: "none" };

/** One question to the token endpoint. */
export interface TokenAsked {
  readonly method: string;
  /** Index of the request in the log. */
  readonly index: number;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  readonly account: string | undefined;
  /** Who it was, `undefined` for nobody in particular. */
  readonly user: string | undefined;
  readonly status: number;
}
