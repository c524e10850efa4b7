/** How somebody proves who they are to a registry. Secrets: never in an error, a log or a key. */
export type Credential =
  | { readonly kind: "password"; readonly user: string; readonly secret: string }
  /** An OAuth2 refresh token, for the token endpoint only. */
  | { readonly kind: "identity"; readonly token: string }
  /** A ready bearer token (docker's `registrytoken`). */
  | { readonly kind: "bearer"; readonly token: string };

/** A credential, where it was found (for errors) and a name that tells it from others (no secret in either). */
export interface FoundCredential {
  readonly credential: Credential;
  /** Such as `the docker config file` or `the helper docker-credential-ecr-login`. */
  readonly source: string;
  readonly id: string;
}

/** The Authorization header of a user and password (RFC 7617). */
export function basicAuthorization(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}
