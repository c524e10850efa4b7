import type { Manifest } from "#model";
import { describe, expect, it } from "vitest";
import { StoreError } from "../../../../src/stores/store-error.ts";
import { image, pattern, blob as buildBlob } from "../../../support/images.ts";
import type { RegistryOptions } from "../../../support/registry/index.ts";
import {
  descriptorOfBuilt,
  digestOfBuilt,
  never,
  sourceOf,
  startBench,
  type Bench,
} from "./fixture.ts";

const built = image({ seed: "app" });
const large = buildBlob(pattern("blob", 100_000), "application/octet-stream");

function manifestOf(): Manifest {
  return { digest: digestOfBuilt(built), mediaType: built.mediaType, bytes: built.bytes };
}

async function failure(work: Promise<unknown>): Promise<StoreError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("it should have failed");
}

function putBlob(bench: Bench, path: string): Promise<unknown> {
  return bench.open(path).putBlob(descriptorOfBuilt(large), sourceOf(large), never);
}

interface Row {
  readonly options: RegistryOptions;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
}

describe("000-27 Harbor's answers to a blob", () => {
  const rows: readonly (readonly [string, Row])[] = [
    [
      "a project that is missing",
      {
        options: { harbor: { projects: ["library"] } },
        code: "not-found",
        message: /will not take the blob sha256:\w+: there is no project team/,
        hint: /create the project team on 127\.0\.0\.1/,
      },
    ],
    [
      "a quota",
      {
        options: { harbor: { quotaBytes: 10 } },
        code: "refused",
        message: /the storage quota of team is used up/,
        hint: /raise the quota of team/,
      },
    ],
    [
      "read-only mode",
      {
        options: { readOnly: "harbor" },
        code: "refused",
        message: /read-only mode/,
        hint: /end the read-only mode/,
      },
    ],
    [
      "a registry that takes no writes",
      {
        options: { readOnly: "405" },
        code: "unsupported",
        message: /does not support that/,
        hint: /allow writes on 127\.0\.0\.1.*(?:read-only|proxy)/,
      },
    ],
    [
      "a robot account that may only read",
      {
        options: { harbor: { pullOnlyRobot: true } },
        code: "unauthorized",
        message: /401/,
        hint: /or give the account \(on Harbor: the robot account of team\) the right to push to team\/app/,
      },
    ],
  ];
  it.for(rows)("become a sentence and what to do: %s", async ([, row]) => {
    await using bench = await startBench(row.options);
    const error = await failure(putBlob(bench, "team/app"));
    expect(error.code).toBe(row.code);
    expect(error.message).toMatch(row.message);
    expect(error.message).toContain(`${bench.registry.host}/team/app`);
    expect(error.hint ?? "").toMatch(row.hint);
    expect(error.retryable).toBe(false);
  });
});

describe("a registry's no to a manifest", () => {
  const json = { "Content-Type": "application/json" };
  const rows: readonly (readonly [string, number, unknown, string, RegExp])[] = [
    ["DENIED", 403, { code: "DENIED", message: "no" }, "forbidden", /the account lacks the right/],
    ["NAME_UNKNOWN", 404, { code: "NAME_UNKNOWN" }, "not-found", /no repository team\/app/],
    [
      "MANIFEST_UNKNOWN of a child",
      404,
      { code: "MANIFEST_UNKNOWN" },
      "refused",
      /is missing there/,
    ],
    [
      "MANIFEST_INVALID",
      400,
      { code: "MANIFEST_INVALID", message: "bad" },
      "refused",
      /it answered 400 MANIFEST_INVALID \(it says: bad\)/,
    ],
    ["a proxy's 413", 413, "<html>", "refused", /larger than the registry takes/],
    ["a bare 400", 400, "", "refused", /it answered 400$/],
    ["UNSUPPORTED", 405, { code: "UNSUPPORTED" }, "unsupported", /does not support that/],
  ];
  it.for(rows)("%s", async ([, status, said, code, message]) => {
    await using bench = await startBench();
    const body = typeof said === "string" ? said : JSON.stringify({ errors: [said] });
    bench.registry.fault({
      match: { method: "PUT", times: Infinity },
      do: { kind: "answer", status, headers: json, body },
    });
    const error = await failure(bench.open("team/app").putManifest(manifestOf(), [], never));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.digest).toBe(built.digest);
  });

  it("is not misread for a word in a repository's name", async () => {
    await using bench = await startBench();
    const message = "unauthorized to access repository: team/quota-is-immutable, action: push";
    const body = JSON.stringify({ errors: [{ code: "DENIED", message }] });
    bench.registry.fault({
      match: { method: "PUT" },
      do: { kind: "answer", status: 403, headers: json, body },
    });
    const error = await failure(bench.open("team/app").putManifest(manifestOf(), [], never));
    expect(error.code).toBe("forbidden");
  });

  it("carries nothing of the registry's that could act on a terminal", async () => {
    await using bench = await startBench();
    const message = `\u001b[31mred\u0007${"x".repeat(5_000)}`;
    const body = JSON.stringify({ errors: [{ code: "\u001b]0;title\u0007", message }] });
    bench.registry.fault({
      match: { method: "PUT" },
      do: { kind: "answer", status: 400, headers: json, body },
    });
    const error = await failure(bench.open("team/app").putManifest(manifestOf(), [], never));
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(error.message.length).toBeLessThan(1_000);
  });
});
