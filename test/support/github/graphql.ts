import type { IncomingMessage, ServerResponse } from "node:http";
import { schema as published } from "@octokit/graphql-schema";
import {
  buildSchema,
  graphql,
  GraphQLError,
  Kind,
  parse,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { readBody, refuseOverLimit, send, withFault } from "./api.ts";
import { identify, type Identity } from "./authorization.ts";
import { takeFault } from "./fault.ts";
import type { FakeGitHub } from "./github.ts";
import { ApiRefusal } from "./handler.ts";
import { rootOf } from "./graphql-root.ts";

let built: GraphQLSchema | undefined;

/** GitHub's own published schema; it is large, so only a test that needs it reads it. */
function schema(): GraphQLSchema {
  built ??= buildSchema(published.idl, {
    assumeValid: true,
    assumeValidSDL: true,
    noLocation: true,
  });
  return built;
}

/** Answers one GraphQL document, executed against GitHub's published schema. */
export async function serveGraphQl(
  github: FakeGitHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = askedIn(await readBody(request));
  const operation = `graphql/${nameOf(asked.document)}`;
  const fault = takeFault(github.faults, operation);
  await fault?.until;
  const identity = identify(github, request.headers.authorization);
  const answered = await withFault(fault, () => execute(github, identity, asked));
  const log = {
    operation,
    method: "POST",
    path: "/api/graphql",
    by: identity.token?.account.login,
    ...aboutOf(asked.variables),
  };
  if (answered === undefined) {
    github.requests.push({ ...log, status: 0 });
    if (fault?.wire === "reset") request.socket.destroy();
    return;
  }
  github.requests.push({ ...log, status: send({ github, request, response, answered }) });
}

function aboutOf(variables: Readonly<Record<string, unknown>>): { readonly about?: number } {
  const { number } = variables;
  return typeof number === "number" ? { about: number } : {};
}

interface Asked {
  readonly source: string;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

function askedIn(body: Buffer): Asked {
  const { query, variables }: { query: string; variables?: Record<string, unknown> } = JSON.parse(
    body.toString(),
  );
  return { source: query, document: parse(query), variables: variables ?? {} };
}

async function execute(
  github: FakeGitHub,
  identity: Identity,
  { source, variables }: Asked,
): Promise<{ readonly status: number; readonly body: unknown }> {
  if (identity.token === undefined) {
    return {
      status: 401,
      body: {
        message:
          identity.kind === "bad"
            ? "Bad credentials"
            : "This endpoint requires you to be authenticated.",
      },
    };
  }
  try {
    refuseOverLimit(github);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return { status: 200, body: { errors: [{ type: "RATE_LIMITED", message: error.message }] } };
  }
  const result = await graphql({
    schema: schema(),
    source,
    variableValues: variables,
    rootValue: rootOf(github, identity.token),
  });
  for (const error of result.errors ?? []) {
    const isOurs =
      error.originalError instanceof GraphQLError || typeof error.extensions["type"] === "string";
    // What the schema itself refuses, a client may never send.
    if (!isOurs) github.violations.push(`GraphQL: ${error.stack ?? error.message}`);
  }
  const errors = result.errors?.map(({ message, path, locations, extensions }) => ({
    ...(typeof extensions["type"] === "string" && { type: extensions["type"] }),
    message,
    path,
    locations,
  }));
  return { status: 200, body: { data: result.data ?? null, ...(errors && { errors }) } };
}

/** The fields on the way to the first that asks for several: `repository.pullRequest.commits`. */
function nameOf(document: DocumentNode): string {
  const [definition] = document.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return "unknown";
  const names: string[] = [];
  let set = definition.selectionSet;
  for (;;) {
    const [only, ...others] = set.selections;
    if (only?.kind !== Kind.FIELD || others.length > 0 || only.selectionSet === undefined) break;
    names.push(only.name.value);
    set = only.selectionSet;
  }
  return names.join(".");
}
