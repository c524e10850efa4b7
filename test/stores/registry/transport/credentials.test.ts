import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCredentials } from "../../../../src/stores/registry/auth/credentials.ts";
import { askHelper } from "../../../../src/stores/registry/auth/credential-helper.ts";
import { endpointOf } from "../../../../src/stores/registry/endpoint.ts";
import { failure } from "../../../support/transport.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "waybill-credentials-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

type Env = Readonly<Record<string, string>>;

async function put(path: string, content: unknown): Promise<string> {
  const file = join(home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function auth(user: string, secret = "secret"): { readonly auth: string } {
  return { auth: Buffer.from(`${user}:${secret}`).toString("base64") };
}

function find(host: string, path: string, env: Env = {}) {
  const book = openCredentials({ HOME: home, PATH: process.env["PATH"], ...env }, () => 0);
  return book.find(endpointOf(host, [], home), path);
}

async function user(host: string, path: string, env: Env = {}): Promise<string | undefined> {
  const found = await find(host, path, env);
  return found?.credential.kind === "password" ? found.credential.user : found?.credential.kind;
}

/** A real program that counts its runs and answers as the test says. */
async function helper(name: string, script: string): Promise<Env> {
  const file = await put(
    `bin/docker-credential-${name}`,
    `#!/bin/sh\necho run >> "$0.runs"\n${script}`,
  );
  await chmod(file, 0o755);
  return { PATH: `${join(home, "bin")}:${process.env["PATH"] ?? ""}` };
}

async function runs(name: string): Promise<number> {
  const text = await readFile(join(home, `bin/docker-credential-${name}.runs`), "utf8");
  return text.trim().split("\n").length;
}

const HOST = "registry.example.com";

describe("credentials are found", () => {
  const PLACES: readonly (readonly [string, string, (file: string) => Env])[] = [
    ["in ~/.docker/config.json", ".docker/config.json", () => ({})],
    ["in DOCKER_CONFIG", "elsewhere/config.json", (file) => ({ DOCKER_CONFIG: dirname(file) })],
    [
      "in podman's XDG_RUNTIME_DIR",
      "run/containers/auth.json",
      (file) => ({ XDG_RUNTIME_DIR: dirname(dirname(file)) }),
    ],
    ["in podman's ~/.config", ".config/containers/auth.json", () => ({})],
    [
      "in podman's XDG_CONFIG_HOME",
      "conf/containers/auth.json",
      (file) => ({ XDG_CONFIG_HOME: dirname(dirname(file)) }),
    ],
    ["in REGISTRY_AUTH_FILE", "podman.json", (file) => ({ REGISTRY_AUTH_FILE: file })],
    ["in WAYBILL_REGISTRY_AUTH_FILE", "own.json", (file) => ({ WAYBILL_REGISTRY_AUTH_FILE: file })],
  ];
  it.for(PLACES)("%s", async ([, path, env]) => {
    const file = await put(path, { auths: { [HOST]: auth("alice", "pass:word") } });
    expect((await find(HOST, "a/b", env(file)))?.credential).toEqual({
      kind: "password",
      user: "alice",
      secret: "pass:word",
    });
  });

  it("inline in DOCKER_AUTH_CONFIG", async () => {
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [HOST]: auth("inline") } }) };
    expect(await user(HOST, "a", env)).toBe("inline");
  });

  it("in our own file first, then inline, then podman's named file, then docker's, then podman's", async () => {
    const files: readonly (readonly [string, (file: string) => Env])[] = [
      [".config/containers/auth.json", () => ({})],
      [".docker/config.json", () => ({})],
      ["named.json", (file) => ({ REGISTRY_AUTH_FILE: file })],
      [
        "inline",
        () => ({ DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [HOST]: auth("inline") } }) }),
      ],
      ["own.json", (file) => ({ WAYBILL_REGISTRY_AUTH_FILE: file })],
    ];
    let env: Env = {};
    for (const [path, change] of files) {
      env = { ...env, ...change(await put(path, { auths: { [HOST]: auth(path) } })) };
      expect(await user(HOST, "a", env)).toBe(path);
    }
  });

  const KEYS: readonly (readonly [key: string, host: string])[] = [
    [HOST, HOST],
    [`https://${HOST}`, HOST],
    [`https://${HOST}/v2/`, HOST],
    [`${HOST}:443`, HOST],
    ["registry.example.com:5000", "registry.example.com:5000"],
    ["https://index.docker.io/v1/", "docker.io"],
    ["docker.io", "docker.io"],
  ];
  it.for(KEYS)("under the key %s for %s", async ([key, host]) => {
    await put(".docker/config.json", { auths: { [key]: auth("bob") } });
    expect(await user(host, "library/alpine")).toBe("bob");
  });

  it("for exactly that host and no other", async () => {
    await put(".docker/config.json", {
      auths: { [HOST]: auth("a"), "example.com": auth("b"), "docker.io.evil.example": auth("c") },
    });
    expect(await user("evil-registry.example.com", "a")).toBeUndefined();
    expect(await user(`${HOST}:5000`, "a")).toBeUndefined();
    expect(await user("docker.io", "a")).toBeUndefined();
  });

  it("under the most specific namespace", async () => {
    await put(".config/containers/auth.json", {
      auths: { [HOST]: auth("host"), [`${HOST}/a`]: auth("space"), [`${HOST}/a/b`]: auth("exact") },
    });
    expect(await user(HOST, "a/b")).toBe("exact");
    expect(await user(HOST, "a/c/d")).toBe("space");
    expect(await user(HOST, "ab")).toBe("host");
  });

  it.for([
    ["identity", { identitytoken: "t" }],
    ["bearer", { registrytoken: "t" }],
    ["identity", auth("<token>", "t")],
    ["plain-user", { username: "plain-user", password: "p" }],
    ["alice", auth("alice", "p\0\0")],
  ] as const)("as %s in the entry %j", async ([expected, entry]) => {
    await put(".docker/config.json", { auths: { [HOST]: entry } });
    expect(await user(HOST, "a")).toBe(expected);
  });

  it("nowhere: anonymous", async () => {
    await put(".docker/config.json", { auths: { [HOST]: {} } });
    expect(await user(HOST, "a")).toBeUndefined();
    expect(await user("other.example.com", "a")).toBeUndefined();
  });
});

describe("002-89 a credential helper", () => {
  it("gets the host on its standard input and answers for it, before the general one", async () => {
    const reply = `read host; echo "{\\"ServerURL\\":\\"$host\\",\\"Username\\":\\"for $host\\",\\"Secret\\":\\"s\\"}"`;
    const env = {
      ...(await helper("one", reply)),
      ...(await helper("all", `${reply} | sed s/for/all/`)),
    };
    await put(".docker/config.json", { credHelpers: { [HOST]: "one" }, credsStore: "all" });
    expect(await user(HOST, "a/b", env)).toBe(`for ${HOST}`);
    expect(await user("docker.io", "a/b", env)).toBe("all https://index.docker.io/v1/");
  });

  it("may say that its secret is an identity token", async () => {
    const env = await helper("id", `echo '{"Username":"<token>","Secret":"refresh"}'`);
    await put(".docker/config.json", { credHelpers: { [HOST]: "id" } });
    expect((await find(HOST, "a", env))?.credential).toEqual({
      kind: "identity",
      token: "refresh",
    });
  });

  it("that has nothing leaves the file's own entry", async () => {
    const env = await helper("empty", `echo "credentials not found in native keychain"; exit 1`);
    await put(".docker/config.json", { credsStore: "empty", auths: { [HOST]: auth("file") } });
    expect(await user(HOST, "a", env)).toBe("file");
  });

  it("is run once an hour where it answers, and soon again where it failed", async () => {
    const env = await helper(
      "flaky",
      `[ -e "$0.ok" ] || exit 3; echo '{"Username":"u","Secret":"s"}'`,
    );
    await put(".docker/config.json", { credHelpers: { [HOST]: "flaky" } });
    let now = 0;
    const book = openCredentials({ HOME: home, ...env }, () => now);
    const endpoint = endpointOf(HOST, [], home);
    await failure(book.find(endpoint, "a"));
    await failure(book.find(endpoint, "b"));
    expect(await runs("flaky")).toBe(1);
    await put("bin/docker-credential-flaky.ok", "");
    now = 6_000;
    await Promise.all([book.find(endpoint, "a"), book.find(endpoint, "b")]);
    now = 3_000_000;
    await book.find(endpoint, "a");
    expect(await runs("flaky")).toBe(2);
    now = 3_700_000;
    await book.find(endpoint, "a");
    expect(await runs("flaky")).toBe(3);
  });

  const FAILURES: readonly (readonly [string, string, string])[] = [
    ["fails", `echo very-secret; exit 7`, "ended with exit code 7"],
    ["answers no JSON", `echo very-secret`, "not JSON"],
    ["answers half", `echo '{"Username":"very-secret"}'`, "without Username and Secret"],
    ["answers too much", `yes very-secret`, "more than any credential needs"],
  ];
  it.for(FAILURES)("that %s is told without what it wrote", async ([, script, words]) => {
    const env = await helper("bad", script);
    await put(".docker/config.json", { credHelpers: { [HOST]: "bad" } });
    const error = await failure(find(HOST, "a", env));
    expect(error).toMatchObject({ code: "credentials", retryable: false });
    expect(error.message).toContain(words);
    expect(error.message).toContain("docker-credential-bad");
    expect(error.hint).toContain(`echo ${HOST} | docker-credential-bad get`);
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain(
      "very-secret",
    );
  });

  it("that is not there is named", async () => {
    await put(".docker/config.json", { credsStore: "no-such-program" });
    const error = await failure(find(HOST, "a"));
    expect(error.message).toContain("docker-credential-no-such-program");
    expect(error.message).toContain("not on PATH");
  });

  it("that hangs is ended", async () => {
    const env = await helper("slow", `exec sleep 60`);
    const error = await failure(askHelper("slow", HOST, env, { deadlineMs: 50 }));
    expect(error.message).toContain("did not answer in time");
  });

  it("with a path for a name is never run", async () => {
    await put(".docker/config.json", { credsStore: "../../evil" });
    const error = await failure(find(HOST, "a"));
    expect(error.message).toContain("no program's name");
  });
});

describe("a credential file that cannot be used", () => {
  it.for([
    ["is not JSON", `{"auths": very-secret`, "is not JSON"],
    ["is a list", `["very-secret"]`, "is not a JSON object"],
    ["is huge", " ".repeat(1024 * 1024 + 1), "larger than 1 MiB"],
  ] as const)("because it %s is told, without its text", async ([, text, words]) => {
    await put(".docker/config.json", text);
    const error = await failure(find(HOST, "a"));
    expect(error).toMatchObject({ code: "credentials" });
    expect(error.message).toContain("the docker config file");
    expect(error.message).toContain(words);
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain("very-secret");
    expect(error.message).not.toContain(home);
  });

  it("is missed where somebody named it for us, and not where docker would have it", async () => {
    const error = await failure(
      find(HOST, "a", { WAYBILL_REGISTRY_AUTH_FILE: join(home, "nowhere.json") }),
    );
    expect(error.message).toContain("WAYBILL_REGISTRY_AUTH_FILE cannot be read");
    expect(
      await user(HOST, "a", { REGISTRY_AUTH_FILE: join(home, "nowhere.json") }),
    ).toBeUndefined();
  });
});
