import {
  actor,
  ApiRefusal,
  notFound,
  number,
  part,
  type ApiCall,
  type Handler,
} from "./handler.ts";
import { accountJson, appJson, repositoryJson } from "./json.ts";
import type { FakeApp, FakeTeam, Permissions } from "./state.ts";

export const ACCOUNT_HANDLERS: Readonly<Record<string, Handler>> = {
  "users/get-authenticated": (call) => {
    const token = actor(call);
    if (token.kind !== "user") throw new ApiRefusal(403, "Resource not accessible by integration");
    return { status: 200, body: accountJson(token.account) };
  },
  "users/get-by-username": ({ github, ...call }) => {
    const found = github.accounts.get(call.parts.get("username") ?? "");
    if (found === undefined) throw notFound();
    return { status: 200, body: accountJson(found) };
  },
  "rate-limit/get": () => ({ status: 200, body: { resources: {}, rate: {} } }),
  "teams/get-by-name": (call) => {
    const found = team(call);
    return { status: 200, body: { id: 1, slug: found.slug, name: found.slug } };
  },
  "teams/get-membership-for-user-in-org": (call) => {
    const state = team(call).members.get(part(call, "username"));
    if (state === undefined) throw notFound();
    return { status: 200, body: { state, role: "member", url: "" } };
  },
  "apps/get-authenticated": (call) => ({ status: 200, body: appJson(app(call)) }),
  "apps/get-repo-installation": (call) => ({ status: 200, body: installation(app(call)) }),
  "apps/list-installations": (call) => ({ list: [installation(app(call))] }),
  "apps/create-installation-access-token": (call) => {
    const by = app(call);
    if (number(call, "installation_id") !== by.installation) throw notFound();
    const asked = call.body["permissions"];
    const permissions: Permissions =
      typeof asked === "object" && asked !== null
        ? Object.fromEntries(
            Object.entries(asked).map(
              ([name, level]) => [name, level === "write" ? "write" : "read"] as const,
            ),
          )
        : by.permissions;
    const { repositories } = call.body;
    const only = Array.isArray(repositories) ? repositories.map(String) : undefined;
    const token = call.github.installationToken(by, permissions, only);
    const expires = new Date(call.github.clock() + 3_600_000).toISOString();
    return { status: 201, body: { token, expires_at: expires, permissions } };
  },
  "apps/list-repos-accessible-to-installation": ({ github }) => ({
    list: [...github.repositories.values()].map((one) => repositoryJson(one, github.places)),
    under: "repositories",
  }),
  "apps/create-from-manifest": (call) => {
    const made = call.github.manifests.get(part(call, "code"));
    // A code is good for one conversion.
    call.github.manifests.delete(part(call, "code"));
    if (made === undefined) throw notFound();
    const { app, pem, webhookSecret } = made;
    const secrets = {
      client_id: `Iv1.${app.id}`,
      client_secret: "s",
      webhook_secret: webhookSecret,
    };
    return { status: 201, body: { ...appJson(app), ...secrets, pem } };
  },
  "apps/list-webhook-deliveries": ({ github }) => ({
    list: github.deliveries.toReversed().map(deliveryJson),
  }),
  "apps/get-webhook-delivery": (call) => {
    const found = call.github.deliveries.find(({ id }) => id === number(call, "delivery_id"));
    if (found === undefined) throw notFound();
    return {
      status: 200,
      body: { ...deliveryJson(found), request: { headers: null, payload: found.payload } },
    };
  },
  "apps/redeliver-webhook-delivery": async (call) => {
    const found = call.github.deliveries.find(({ id }) => id === number(call, "delivery_id"));
    if (found === undefined) throw notFound();
    call.github.redeliver(found);
    return { status: 202, body: {} };
  },
};

function deliveryJson(
  delivery: ApiCall["github"]["deliveries"][number],
): Readonly<Record<string, unknown>> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.at,
    redelivery: delivery.redelivery,
    duration: 0.1,
    status: delivery.status === 200 || delivery.status === 202 ? "OK" : "failed",
    status_code: delivery.status,
    event: delivery.event,
    action: typeof delivery.payload["action"] === "string" ? delivery.payload["action"] : null,
    installation_id: null,
    repository_id: null,
  };
}

function installation(by: FakeApp): unknown {
  return { id: by.installation, app_id: by.id, app_slug: by.slug, permissions: by.permissions };
}

function app(call: ApiCall): FakeApp {
  if (call.app === undefined) {
    throw new ApiRefusal(401, "A JSON web token could not be decoded");
  }
  return call.app;
}

function team(call: ApiCall): FakeTeam {
  const found = call.github.teams.get(`${part(call, "org")}/${part(call, "team_slug")}`);
  if (found === undefined) throw notFound();
  return found;
}
