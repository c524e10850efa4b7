import type { Diagnostic, RegistryHost } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { RegistriesDocument } from "../documents/registries.ts";
import type { SitesDocument } from "../documents/sites.ts";
import { entriesOf, nodeAt, positionOf, valueOf } from "../yaml/tree.ts";
import { checkPath, checkStore, type PathRules } from "./addresses.ts";

/** Checks the addresses of all stores. */
export function checkSites({ tree }: SitesDocument, rules: PathRules): readonly Diagnostic[] {
  return entriesOf(valueOf(tree.root, "sites")).flatMap((site) =>
    entriesOf(valueOf(site.value, "stores")).flatMap((store) =>
      checkStore(tree, store.value, rules),
    ),
  );
}

/** Checks what the schema cannot say of registry hosts: credentials, settings that do nothing, paths. */
export function checkRegistries(
  document: RegistriesDocument,
  rules: PathRules,
): readonly Diagnostic[] {
  const entries = entriesOf(valueOf(document.tree.root, "hosts"));
  return document.hosts.flatMap((host, index) =>
    checkHost(document, entries[index]?.key ?? host.match, { host, rules }),
  );
}

interface Judged {
  readonly host: RegistryHost;
  readonly rules: PathRules;
}

function checkHost(
  { tree }: RegistriesDocument,
  key: string,
  { host, rules }: Judged,
): readonly Diagnostic[] {
  const path = ["hosts", key];
  const caFile = nodeAt(tree.root, [...path, "caFile"]);
  const paths = caFile === undefined ? [] : checkPath(tree, caFile, { path: host.caFile, rules });
  const credential = /^https?:\/\/[^/]*@/.test(host.endpoint ?? "") ? [holdsCredential()] : [];
  const ignored =
    host.plainHttp && host.endpoint !== undefined ? [plainHttpIgnored(host.endpoint)] : [];
  return [...paths, ...credential, ...ignored];

  function holdsCredential(): Diagnostic {
    return errorAt(positionOf(tree, [...path, "endpoint"]), "credential-in-policy", {
      message: `The endpoint of ${shown(key)} holds a credential.`,
      expected: "an endpoint without user and password",
      hint: "remove it, change that password, and log in with docker login or podman login",
    });
  }

  function plainHttpIgnored(endpoint: string): Diagnostic {
    return warningAt(positionOf(tree, [...path, "plainHttp"]), "plain-http-ignored", {
      message: `plainHttp changes nothing for ${shown(key)}: the scheme of ${shown(endpoint)} decides.`,
      hint: "remove plainHttp",
    });
  }
}
