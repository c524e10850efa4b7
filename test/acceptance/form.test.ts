import { describe, expect, it } from "vitest";
import { API, check, digest, HEAD, versions, withPolicies } from "../support/promotions.ts";

const D1 = `digest: "${digest(1)}"`;
const D2 = `digest: "${digest(2)}"`;

function codes(text: string): readonly string[] {
  return check(withPolicies([{ path: API, text }])).diagnostics.map(({ code }) => code);
}

function head(from: string, to: string): string {
  const changed = HEAD.replace(from, to);
  if (changed === HEAD) throw new Error(`the head has no ${from}`);
  return changed + versions(`version: v1.0.0, ${D1}`);
}

describe("the form of a promotion", () => {
  it.for([
    "talos-installer",
    "vm-image",
    "container-image",
    "boot-asset",
    "machine-config",
    "provider-artifact",
    "recovery-artifact",
    "tool-image",
    "bootc-image",
    "helm-chart",
    "iso",
    "rootfs",
    "wim",
    "binary",
    "file",
    "generic",
  ])("000-01 knows the kind %s", (kind) => {
    const text =
      HEAD.replace("container-image", kind) + versions(`version: v1.0.0, ${D1}, channels: [dev]`);
    expect(codes(text)).toEqual([]);
  });

  it.for([
    ["its kind", "  kind: container-image\n"],
    ["its source's type", "type: oci, "],
  ] as const)("003-16 is refused without %s", ([, part]) => {
    expect(codes(head(part, ""))).toEqual(["missing-key"]);
  });

  it.for([
    ["without a digest", "version: v1.0.0", ["missing-key"]],
    ["with a tag for a digest", "version: v1.0.0, digest: latest", ["digest-form"]],
    ["with a digest cut short", 'version: v1.0.0, digest: "sha256:abc"', ["digest-form"]],
  ] as const)("003-14 003-15 is refused %s", ([, line, expected]) => {
    expect(codes(HEAD + versions(line))).toEqual(expected);
  });

  it.for([
    ["v1.4.0", []],
    ["1.4.0", []],
    ["v1.4.0-rc.1", []],
    ["v1.4.0-beta.2", []],
    ["v1.4", ["version-not-semver"]],
    ["release-1", ["version-not-semver"]],
    ["v01.4.0", ["version-not-semver"]],
    ["v1.4.0-rc1", ["candidate-form"]],
    ["v1.4.0-rc", ["candidate-form"]],
  ] as const)("002-35 of %s where the channel computes tags says %s", ([version, expected]) => {
    const inProd = `version: ${version}, ${D1}, channels: [prod]`;
    expect(codes(HEAD + versions(inProd))).toEqual(expected);
    const inDev = versions(`version: ${version}, ${D2}, channels: [dev]`);
    expect(codes(HEAD + inDev), "a channel that computes none takes any").toEqual([]);
  });
});
