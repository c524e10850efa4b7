import type { RepositoryRole, TeamMembership } from "#model";
import type { Collaborator, People } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import { restAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";

const TEAM_RIGHT = "members: read";

/** What accounts may do, and which teams they are in. */
export function peopleOf(client: GitHubClient): People {
  return {
    role: (login, signal) => role(client, login, signal),
    inTeam: (team, login, signal) => inTeam(client, { team, login }, signal),
  };
}

const ROLES: ReadonlySet<string> = new Set<RepositoryRole>([
  "admin",
  "maintain",
  "write",
  "triage",
  "read",
  "none",
]);

async function role(
  client: GitHubClient,
  login: string,
  signal: AbortSignal,
): Promise<Collaborator> {
  const ask = { to: `read what ${login} may do`, right: "metadata: read" };
  const found = await client.find(
    ask,
    async (octokit, request, repository): Promise<Collaborator> => {
      const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
        ...repository,
        username: login,
        request,
      });
      // A role that an organization made up counts as the one that it is built on.
      const said = [data.role_name, data.permission].find(isRole);
      return { role: said ?? "none", account: restAccount(data.user) };
    },
    signal,
  );
  return found ?? { role: "none", account: undefined };
}

function isRole(name: string): name is RepositoryRole {
  return ROLES.has(name);
}

interface Member {
  readonly team: string;
  readonly login: string;
}

/** A team that the token cannot see and an account that is in no such team both answer 404, so the team is asked for then. */
async function inTeam(
  client: GitHubClient,
  { team, login }: Member,
  signal: AbortSignal,
): Promise<TeamMembership> {
  const [org = "", slug = "", ...rest] = team.split("/");
  if (org === "" || slug === "" || rest.length > 0) {
    return { kind: "unknown", right: TEAM_RIGHT, reason: `${team} is no ORG/TEAM` };
  }
  const ask = { to: `read whether ${login} is in the team ${team}`, right: TEAM_RIGHT };
  try {
    const state = await client.find(
      ask,
      async (octokit, request) => {
        const who = { org, team_slug: slug, username: login, request };
        return (await octokit.rest.teams.getMembershipForUserInOrg(who)).data.state;
      },
      signal,
    );
    if (state !== undefined) return { kind: state === "active" ? "member" : "not-member" };
    return (await isTeam(client, { org, slug }, signal)) ? { kind: "not-member" } : unseen(team);
  } catch (error) {
    if (error instanceof ForgeError && error.code === "forbidden") return unseen(team);
    throw error;
  }
}

interface Team {
  readonly org: string;
  readonly slug: string;
}

async function isTeam(
  client: GitHubClient,
  { org, slug }: Team,
  signal: AbortSignal,
): Promise<boolean> {
  const ask = { to: `read the team ${org}/${slug}`, right: TEAM_RIGHT };
  const found = await client.find(
    ask,
    (octokit, request) => octokit.rest.teams.getByName({ org, team_slug: slug, request }),
    signal,
  );
  return found !== undefined;
}

function unseen(team: string): TeamMembership {
  const reason = `the token may not see the team ${team}, which takes an App; GITHUB_TOKEN never may`;
  return { kind: "unknown", right: TEAM_RIGHT, reason };
}
