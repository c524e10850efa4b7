import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitHubPlaceFromName, openGitHub, type CheckAnnotation, type Forge } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { openForge } from "../../support/github/forge.ts";

const signal = AbortSignal.timeout(600_000);
const PERMISSIONS = { checks: "write", members: "read", pull_requests: "write" } as const;
const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

let github: FakeGitHub;
let forge: Forge;
let commit: string;

async function openAsApp(key: string, installation?: number): Promise<Forge> {
  const place = gitHubPlaceFromName("acme/promotions", github.env());
  const app = [...github.apps.values()].find(({ slug }) => slug === "waybill");
  if (place === undefined || app === undefined) throw new Error("no place");
  const credential = {
    kind: "app",
    appId: app.id,
    privateKey: key,
    installation: installation ?? app.installation,
  } as const;
  return openGitHub({ place, credential, pace: false, retryStepMs: 1 });
}

beforeEach(async () => {
  github = await FakeGitHub.start();
  github.collaborator("alice", "admin");
  commit = await github.push({ branch: "main", files: { "a.yaml": "a: 1\n" }, by: "alice" });
  github.addApp({ slug: "waybill", publicKey, permissions: PERMISSIONS });
  forge = await openAsApp(privateKey);
});

afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

function annotations(count: number): readonly CheckAnnotation[] {
  return Array.from({ length: count }, (_, at) => ({
    path: "promotions/a.yaml",
    startLine: at + 1,
    endLine: at + 1,
    startColumn: 3,
    endColumn: 9,
    level: "failure" as const,
    title: "digest-changed",
    message: `line ${at}`,
  }));
}

function check(count: number): Parameters<Forge["checks"]["create"]>[0] {
  const output = { title: "2 copies", summary: "…", text: "{}", annotations: annotations(count) };
  return { commit, name: "waybill / plan", externalId: "run-1", conclusion: "failure", output };
}

function lines(): readonly unknown[] {
  const [found] = github.repository().checks.values();
  return (found?.annotations ?? []).map((one) =>
    typeof one === "object" && one !== null && "start_line" in one ? one.start_line : undefined,
  );
}

describe("an App", () => {
  it("002-89 authenticates with the PEM that GitHub hands out, and fetches one token for all calls", async () => {
    expect(await forge.whoAmI(signal)).toMatchObject({ login: "waybill[bot]", kind: "bot" });
    await forge.checks.list(commit, signal);
    expect(github.count("apps/create-installation-access-token")).toBe(1);
  });

  it("002-71 with a key that is none says so, and shows nothing of it", async () => {
    const wrong = await openAsApp(
      "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n",
    );
    const error: unknown = await wrong.whoAmI(signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "ForgeError", code: "credentials" });
    expect(String(error)).not.toContain("c2VjcmV0");
  });

  it("with another App's key is unauthorized", async () => {
    const other = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const wrong = await openAsApp(other.privateKey);
    await expect(wrong.whoAmI(signal)).rejects.toMatchObject({ code: "unauthorized" });
  });
});

describe("a check run", () => {
  it("is made whole in one request where it has few annotations", async () => {
    const made = await forge.checks.create(check(50), signal);
    expect(made).toMatchObject({
      conclusion: "failure",
      status: "completed",
      app: { slug: "waybill" },
    });
    expect(github.count("checks/update")).toBe(0);
    expect(lines()).toHaveLength(50);
    expect(await forge.checks.list(commit, signal)).toMatchObject([
      { name: "waybill / plan", externalId: "run-1", text: "{}", conclusion: "failure" },
    ]);
  });

  it("sends many annotations in pieces, in order, and concludes with the last", async () => {
    const seen: (string | null)[] = [];
    function met(): void {
      const [found] = github.repository().checks.values();
      seen.push(found?.conclusion ?? null);
    }
    github.fault({ on: "checks/update", times: 2, met });
    const made = await forge.checks.create(check(120), signal);
    expect(made.status).toBe("completed");
    expect(lines()).toEqual(annotations(120).map(({ startLine }) => startLine));
    expect(github.count("checks/update")).toBe(2);
    // Nothing was concluded while annotations were missing.
    expect(seen).toEqual([null, null]);
    expect([...github.repository().checks.values()][0]?.conclusion).toBe("failure");
  });

  it("goes on where a piece was done and not answered, and repeats none", async () => {
    github.fault({ on: "checks/update", when: "after", answer: { status: 502 } });
    await forge.checks.create(check(170), signal);
    expect(lines()).toEqual(annotations(170).map(({ startLine }) => startLine));
    expect([...github.repository().checks.values()][0]?.conclusion).toBe("failure");
  });

  it("whose creation was not answered is found and finished, and not made twice", async () => {
    github.fault({ on: "checks/create", when: "after", wire: "reset" });
    await forge.checks.create(check(120), signal);
    expect(github.repository().checks.size).toBe(1);
    expect(lines()).toEqual(annotations(120).map(({ startLine }) => startLine));
  });

  it("threat 10: of a delivery that came twice is the same one", async () => {
    const first = await forge.checks.create(check(1), signal);
    const again = await forge.checks.create(check(1), signal);
    expect(again.id).toBe(first.id);
    expect(lines()).toHaveLength(1);
  });

  it("of another App is not taken for ours", async () => {
    const actions = await openForge(github, github.actionsToken({ checks: "write" }));
    await actions.checks.create({ commit, name: "waybill / plan", externalId: "run-1" }, signal);
    await forge.checks.create(check(0), signal);
    expect(github.repository().checks.size).toBe(2);
    const [theirs] = github.repository().checks.values();
    const change = { conclusion: "success" } as const;
    await expect(forge.checks.update(theirs?.id ?? 0, change, signal)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("cannot be made by a person's token, which is told", async () => {
    const person = await openForge(github, github.userToken("alice"));
    const work = person.checks.create({ commit, name: "n", externalId: "x" }, signal);
    await expect(work).rejects.toMatchObject({ code: "forbidden", right: "checks: write" });
  });
});
