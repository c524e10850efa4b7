import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { identify, type Identity } from "./authorization.ts";
import { gitEnvironment } from "./bare-repository.ts";
import { takeFault } from "./fault.ts";
import type { FakeGitHub } from "./github.ts";
import { allows } from "./rights.ts";
import type { FakeAccount, FakeRepository } from "./state.ts";

/** Serves clone, fetch and push with git's own http-backend. */
export async function serveGit(
  github: FakeGitHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", github.origin);
  const [, owner = "", repo = ""] = /^\/([^/]+)\/([^/]+?)\.git\//.exec(url.pathname) ?? [];
  const repository = github.repositories.get(`${owner}/${repo}`.toLowerCase());
  const isPush =
    url.pathname.endsWith("/git-receive-pack") ||
    url.searchParams.get("service") === "git-receive-pack";
  const identity = identify(github, request.headers.authorization);
  const status = statusFor({ github, identity, isPush }, repository);
  const by = identity.token?.account;
  const method = request.method ?? "GET";
  github.requests.push({ operation: "git", method, path: url.pathname, status, by: by?.login });
  const fault = takeFault(github.faults, "git");
  await fault?.until;
  if (fault?.answer !== undefined || status !== 200 || repository === undefined) {
    const headers = status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {};
    response.writeHead(fault?.answer?.status ?? status, headers);
    response.end();
    return;
  }
  const backend = { github, request, response, url };
  if (isPush && by !== undefined && method === "POST") await pushed(backend, repository, by);
  else await runBackend(backend, by);
}

interface Asking {
  readonly github: FakeGitHub;
  readonly identity: Identity;
  readonly isPush: boolean;
}

function statusFor(
  { github, identity, isPush }: Asking,
  repository: FakeRepository | undefined,
): number {
  if (identity.kind === "bad") return 401;
  if (repository === undefined) return 404;
  const { token } = identity;
  if (token === undefined) return isPush || repository.private ? 401 : 200;
  const held = github.permissionsOf(token, repository);
  if (isPush) return allows(held, ["contents=write"]) ? 200 : 403;
  return !repository.private || allows(held, ["contents=read"]) ? 200 : 404;
}

interface Backend {
  readonly github: FakeGitHub;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** Lets the push through and then everything follow that hangs on the branches that it moved. */
async function pushed(
  backend: Backend,
  repository: FakeRepository,
  by: FakeAccount,
): Promise<void> {
  const { github } = backend;
  await github.locked(async () => {
    const before = await repository.git.branches();
    await runBackend(backend, by, async () => {
      const after = await repository.git.branches();
      for (const branch of new Set([...before.keys(), ...after.keys()])) {
        const ref = `refs/heads/${branch}`;
        const move = { ref, before: before.get(branch), after: after.get(branch), by };
        await github.refMoved(repository, move);
      }
    });
  });
}

/** A CGI: headers and body on its output. What must have happened before the client goes on is done before it is told. */
async function runBackend(
  { github, request, response, url }: Backend,
  by: FakeAccount | undefined,
  done: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  function header(name: string): string {
    return String(request.headers[name] ?? "");
  }
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment(),
      GIT_PROJECT_ROOT: join(github.root, "git"),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      ...(by !== undefined && { REMOTE_USER: by.login }),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  await done();
  const out = Buffer.concat(chunks);
  const end = out.indexOf("\r\n\r\n");
  const headers = out
    .subarray(0, end)
    .toString()
    .split("\r\n")
    .map((line) => line.split(": ", 2));
  const fields = new Map(headers.map(([name = "", value = ""]) => [name.toLowerCase(), value]));
  const status = Number((fields.get("status") ?? "200").split(" ", 1)[0]);
  fields.delete("status");
  response.writeHead(status, Object.fromEntries(fields));
  response.end(out.subarray(end + 4));
}
