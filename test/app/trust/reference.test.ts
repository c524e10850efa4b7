import { describe, expect, it } from "vitest";
import { referenceNamed } from "../../../src/app/trust/reference.ts";

const D = `sha256:${"ab".repeat(32)}`;
const HERE = { root: "/repo", folder: "/repo" };

describe("a REF as a person types it", () => {
  it.for<readonly [string, string, string | undefined, string | undefined]>([
    ["registry.example.com/a/b:v1", "registry.example.com/a/b", "v1", undefined],
    [`registry.example.com/a/b@${D}`, "registry.example.com/a/b", undefined, D],
    [`registry.example.com/a/b:v1@${D}`, "registry.example.com/a/b", "v1", D],
    ["localhost:5000/a:v1", "localhost:5000/a", "v1", undefined],
    [`localhost:5000/a@${D}`, "localhost:5000/a", undefined, D],
    ["oci-layout:var/oslo:v1", "oci-layout:./var/oslo", "v1", undefined],
    [`oci-layout:/var/oslo@${D}`, "oci-layout:/var/oslo", undefined, D],
  ])("%s", ([text, repository, tag, digest]) => {
    expect(referenceNamed(text, HERE)).toEqual({ repository, tag, digest });
  });

  it("takes a path from where the person stands", () => {
    const reference = referenceNamed("oci-layout:oslo:v1", { root: "/repo", folder: "/repo/var" });
    expect(reference.repository).toBe("oci-layout:./var/oslo");
  });

  it.for([
    ["registry.example.com/a/b"],
    ["registry.example.com/a/b@sha256:ab"],
    ["localhost:5000/a"],
    ["https://registry.example.com/a:v1"],
    [""],
    [":"],
    ["@"],
    [`@${D}`],
  ] as const)("is none: %s", ([text]) => {
    expect(() => referenceNamed(text, HERE)).toThrow(/neither an ARTIFACT nor a REF|names no tag/);
  });
});
