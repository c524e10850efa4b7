import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { artifact, seed, type Built } from "../../support/images.ts";
import { messageBundle, signBytes, type Pair } from "../../support/signing.ts";
import { openSurveyed, RELEASE, shown, STRANGER } from "./survey.ts";

const ISO = Buffer.from("an image of a disk");
const KERNEL = Buffer.from("a kernel");

function sums(files: Readonly<Record<string, Buffer>>): string {
  return Object.entries(files)
    .map(([name, bytes]) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`)
    .join("");
}

function signature(pair: Pair, bytes: Buffer | string): string {
  return signBytes(pair.privateKey, Buffer.from(bytes)).toString("base64");
}

function sidecar(pair: Pair, bytes: Buffer): string {
  return JSON.stringify(messageBundle(pair, bytes));
}

function filesOf(files: Readonly<Record<string, Buffer | string>>): Built {
  return artifact({ artifactType: "application/vnd.example.files", files });
}

const LIST = sums({ "a.iso": ISO, vmlinuz: KERNEL });

describe("002-27 002-15 evidence among an artifact's own files", () => {
  it.for([
    [
      "SHA256SUMS that lists every file",
      { "a.iso": ISO, vmlinuz: KERNEL, SHA256SUMS: LIST },
      ["sums signature unsigned"],
    ],
    [
      "a signed one",
      {
        "a.iso": ISO,
        vmlinuz: KERNEL,
        SHA256SUMS: LIST,
        "SHA256SUMS.sig": signature(RELEASE, LIST),
      },
      ["detached signature pass", "sums signature unsigned"],
    ],
    [
      "one that somebody else signed",
      { "a.iso": ISO, SHA256SUMS: LIST, "SHA256SUMS.sig": signature(STRANGER, LIST) },
      ["detached signature fail crypto", "sums signature unsigned"],
    ],
    [
      "a signed one that leaves out a file",
      { "a.iso": ISO, extra: KERNEL, SHA256SUMS: LIST, "SHA256SUMS.sig": signature(RELEASE, LIST) },
      ["sums unreadable untried"],
    ],
    [
      "a signed one of other bytes",
      { "a.iso": KERNEL, SHA256SUMS: LIST, "SHA256SUMS.sig": signature(RELEASE, LIST) },
      ["sums unreadable untried"],
    ],
    [
      "a bundle beside the only file",
      { "a.iso": ISO, "a.iso.sigstore.json": sidecar(RELEASE, ISO) },
      ["bundle signature pass"],
    ],
    [
      "a bundle of another file",
      { "a.iso": ISO, "a.iso.sigstore.json": sidecar(RELEASE, KERNEL) },
      ["bundle signature fail subject"],
    ],
    [
      "a signature beside each file",
      {
        "a.iso": ISO,
        vmlinuz: KERNEL,
        "a.iso.sig": signature(RELEASE, ISO),
        "vmlinuz.sig": signature(RELEASE, KERNEL),
      },
      ["detached signature pass"],
    ],
    [
      "a signature beside one of two files",
      { "a.iso": ISO, vmlinuz: KERNEL, "a.iso.sig": signature(RELEASE, ISO) },
      ["detached signature fail subject"],
    ],
    ["none", { "a.iso": ISO }, []],
  ] as const)("%s", async ([, files, expected]) => {
    await using surveyed = await openSurveyed();
    const built = filesOf(files);
    seed(surveyed.repository, built);
    expect((await surveyed.facts(built)).map(shown).toSorted()).toEqual([...expected].toSorted());
  });
});
