import { registryHost, type Authority, type Requirement } from "#model";
import { rulesFor } from "./match.ts";
import { opensslCommands, orasPlace } from "./openssl-commands.ts";
import type { TrustQuestion } from "./question.ts";
import { quoted } from "./shell-word.ts";

/** Commands of other tools that show the same, for whoever trusts those more (002-45). */
export function commandsFor(question: TrustQuestion): readonly string[] {
  const { reference, digest, policy } = question;
  if (reference === undefined || policy === undefined) return [];
  const place = `${reference}@${digest}`;
  const requirements = rulesFor(question).flatMap(({ require }) => require);
  // cosign reads registries only; what lies in a layout is shown with the others.
  const shown = (registryHost(reference) === undefined ? [] : requirements).flatMap((requirement) =>
    (requirement.signedBy ?? []).flatMap((name) => {
      const authority = policy.authorities.get(name);
      return authority === undefined ? [] : commandFor(requirement, authority, place);
    }),
  );
  return requirements.length === 0
    ? []
    : [
        ...new Set([
          `oras discover ${orasPlace(reference, digest)}`,
          ...shown,
          ...opensslCommands(question),
        ]),
      ];
}

function commandFor(
  requirement: Requirement,
  { identity, evidence }: Authority,
  place: string,
): readonly string[] {
  const type = TYPES[requirement.type];
  const verb =
    type === undefined
      ? "verify"
      : `verify-attestation --type ${quoted(typeOf(requirement, type))}`;
  switch (identity.kind) {
    case "harbor":
      return [];
    case "keyless": {
      const { issuer, subject } = identity.keyless;
      const by = [
        subject.kind === "exactly"
          ? `--certificate-identity ${quoted(subject.text)}`
          : `--certificate-identity-regexp ${quoted(`^(?:${subject.pattern.source})$`)}`,
        issuer.kind === "exactly"
          ? `--certificate-oidc-issuer ${quoted(issuer.text)}`
          : `--certificate-oidc-issuer-regexp ${quoted(`^(?:${issuer.pattern.source})$`)}`,
      ];
      return [`cosign ${verb} ${by.join(" ")} ${quoted(place)}`];
    }
    case "keys": {
      const log = evidence.tlog === "required" ? "" : " --insecure-ignore-tlog=true";
      return identity.keys.map(
        ({ file }) => `cosign ${verb} --key ${quoted(file)}${log} ${quoted(place)}`,
      );
    }
  }
}

const TYPES: Readonly<Record<Requirement["type"], string | undefined>> = {
  signature: undefined,
  sbom: "spdxjson",
  provenance: "slsaprovenance1",
  vulnerabilities: "vuln",
  attestation: "",
};

function typeOf(requirement: Requirement, type: string): string {
  if (requirement.type === "attestation") return requirement.predicateType;
  return requirement.type === "sbom" && requirement.formats[0] === "cyclonedx" ? "cyclonedx" : type;
}
