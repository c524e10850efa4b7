import { ForgeError } from "../forge-error.ts";
import type { Environment, GitHubPlace } from "./place.ts";

/** What we authenticate with. */
export type GitHubCredential =
  | { readonly kind: "token"; readonly token: string; readonly from: string }
  | {
      readonly kind: "app";
      readonly appId: number | string;
      /** The PEM that GitHub hands out. */
      readonly privateKey: string;
      /** Found by asking for the repository's where it is not given. */
      readonly installation: number | undefined;
    };

/**
 * The token in the environment: WAYBILL_GITHUB_TOKEN, GITHUB_TOKEN, GH_TOKEN, the first that is there (issue 6 §5).
 * GITHUB_TOKEN is Actions' own, and so only for the server that the job runs for.
 * @throws {ForgeError} `no-token`
 */
export function tokenFrom(env: Environment, place: GitHubPlace): GitHubCredential {
  const own = new URL(env["GITHUB_SERVER_URL"] || "https://github.com").origin === place.server;
  const names = ["WAYBILL_GITHUB_TOKEN", ...(own ? ["GITHUB_TOKEN"] : []), "GH_TOKEN"];
  for (const from of names) {
    const token = env[from]?.trim();
    if (token !== undefined && token !== "") return { kind: "token", token, from };
  }
  throw new ForgeError({
    code: "no-token",
    message: `There is no token for ${place.server}.`,
    hint: "Set WAYBILL_GITHUB_TOKEN, GITHUB_TOKEN or GH_TOKEN; in a workflow: `env: { GITHUB_TOKEN: ${{ github.token }} }`.",
  });
}
