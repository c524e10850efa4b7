import { describe, expect, it } from "vitest";
import { fetchTrustedRoot, httpMirror, parseMirror, publicGoodAnchor } from "#trust";
import { checkSignatures, readMetadata, roleKeys } from "../../src/trust/tuf/metadata.ts";
import {
  startTuf,
  tufSigner,
  type TufOptions,
  type TufRepository,
} from "../support/tuf-repository.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const TARGET = '{"mediaType":"x"}';

async function fetched(
  { url, anchor }: Pick<TufRepository, "url" | "anchor">,
  now: Date = NOW,
): Promise<string> {
  const base = parseMirror(url);
  if (typeof base === "string") throw new Error(base);
  const signal = AbortSignal.timeout(20_000);
  const { bytes } = await fetchTrustedRoot({ mirror: httpMirror(base), anchor, now }, signal);
  return Buffer.from(bytes).toString("utf8");
}

async function answerOf(options: Partial<TufOptions>, anchor?: Buffer): Promise<string> {
  await using repository = await startTuf({ target: TARGET, ...options });
  return await fetched({ ...repository, url: repository.url, anchor: anchor ?? repository.anchor });
}

describe("a trusted root by TUF", () => {
  it("reads the root that the package carries, whose own keys signed it", () => {
    const root = readMetadata(publicGoodAnchor(), "root");
    expect(root.version).toBe(16);
    expect(() => checkSignatures(root, roleKeys(root, "root"))).not.toThrow();
  });

  it.for([["ecdsa"], ["ed25519"], ["rsa"]] as const)(
    "is fetched where %s keys sign",
    async ([kind]) => {
      expect(await answerOf({ roots: [[tufSigner(kind)]], online: tufSigner(kind) })).toBe(TARGET);
    },
  );

  it("is fetched across rotations of every key, each vouched for by the one before", async () => {
    const roots = [1, 2, 3].map(() => [tufSigner(), tufSigner("ed25519")]);
    await using repository = await startTuf({ target: TARGET, roots, threshold: 2 });
    expect(await fetched(repository)).toBe(TARGET);
    expect(repository.asked.slice(0, 3)).toEqual(["2.root.json", "3.root.json", "4.root.json"]);
  });

  const one = tufSigner();
  const stranger = tufSigner();
  const refusals: readonly (readonly [string, Partial<TufOptions>, string])[] = [
    ["metadata is over", { expires: "2026-11-21T11:59:59Z" }, "was good until"],
    [
      "the timestamp names another snapshot",
      {
        change: (path, signed) => {
          if (path === "timestamp.json") signed["meta"] = { "snapshot.json": { version: 9 } };
        },
      },
      "no 9.snapshot.json",
    ],
    [
      "the timestamp is no timestamp",
      {
        change: (path, signed) => {
          if (path === "timestamp.json") signed["_type"] = "snapshot";
        },
      },
      "not what its name says",
    ],
    [
      "the targets are an older version",
      {
        change: (path, signed) => {
          if (path === "5.targets.json") signed["version"] = 4;
        },
      },
      "it is version 4, and 5 was named",
    ],
    [
      "the targets do not name it",
      {
        change: (path, signed) => {
          if (path === "5.targets.json") signed["targets"] = {};
        },
      },
      "signs no trusted_root.json",
    ],
    [
      "the targets name another hash",
      {
        change: (path, signed) => {
          if (path === "5.targets.json")
            signed["targets"] = {
              "trusted_root.json": { length: 3, hashes: { sha256: "0".repeat(64) } },
            };
        },
      },
      "has no targets/000",
    ],
    [
      "too few sign a root",
      { roots: [[one, tufSigner()]], threshold: 3 },
      "2 of the keys that may sign it did, and 3 must",
    ],
    [
      "a root has another version than its name",
      {
        roots: [[one], [one]],
        change: (path, signed) => {
          if (path === "2.root.json") signed["version"] = 3;
        },
      },
      "it is version 3, and 2 was named",
    ],
  ];
  it.for(refusals)("is refused where %s", async ([, options, words]) => {
    await expect(answerOf(options)).rejects.toThrow(words);
  });

  it("is refused where the repository is another's", async () => {
    await using mine = await startTuf({ target: TARGET });
    await expect(answerOf({ roots: [[stranger]] }, mine.anchor)).rejects.toThrow(
      "0 of the keys that may sign it did",
    );
  });

  it("is refused where a rotation is not signed by the keys before it", async () => {
    await using repository = await startTuf({ target: TARGET, roots: [[one]] });
    await using other = await startTuf({ target: TARGET, roots: [[stranger], [stranger]] });
    repository.files.set("2.root.json", other.files.get("2.root.json") ?? Buffer.alloc(0));
    await expect(fetched(repository)).rejects.toThrow(
      "0 of the keys that may sign it did, and 1 must",
    );
  });

  it("counts two ids of one key as one signer", async () => {
    const twin = { ...one, id: "another-id" };
    await expect(answerOf({ roots: [[one, twin]], threshold: 2 })).rejects.toThrow("1 of the keys");
  });

  it.for([
    ["timestamp.json", "0 of the keys"],
    ["4.snapshot.json", "is not the file that is signed"],
    ["5.targets.json", "0 of the keys"],
  ] as const)("is refused where %s is changed on its way", async ([path, words]) => {
    await using repository = await startTuf({ target: TARGET });
    const text = repository.files.get(path)?.toString("utf8") ?? "";
    repository.files.set(path, Buffer.from(text.replace("2027-01-01", "2028-01-01")));
    await expect(fetched(repository)).rejects.toThrow(words);
  });

  it("threat 5: is refused where the bytes are not those that are signed, or more", async () => {
    await using repository = await startTuf({ target: TARGET });
    const path = [...repository.files.keys()].find((each) => each.startsWith("targets/")) ?? "";
    repository.files.set(path, Buffer.from(TARGET.replace("x", "y")));
    await expect(fetched(repository)).rejects.toThrow("is not the file that is signed");
    repository.files.set(path, Buffer.from(`${TARGET} `));
    await expect(fetched(repository)).rejects.toThrow(`sent more than ${TARGET.length} bytes`);
  });

  it("says clearly that nothing answered", async () => {
    const repository = await startTuf({ target: TARGET });
    await repository[Symbol.asyncDispose]();
    await expect(fetched(repository)).rejects.toMatchObject({
      code: "tuf-unreachable",
      retryable: true,
      message: expect.stringContaining("could not be read: there was no answer (ECONNREFUSED)"),
      hint: expect.stringContaining("run this where there is some"),
    });
  });

  it.for([
    ["http://tuf.example.com", "must begin with https://"],
    ["https://user:secret@tuf.example.com", "holds a name or password"],
    ["ftp://127.0.0.1", "must begin with https://"],
    ["tuf", "is no URL"],
    ["https://tuf.example.com/?a=b", "query"],
  ] as const)("asks no mirror such as %s", ([url, words]) => {
    expect(parseMirror(url)).toContain(words);
  });
});
