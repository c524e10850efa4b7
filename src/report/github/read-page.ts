import {
  isDigest,
  SEVERITIES,
  type Compared,
  type ConfigChange,
  type ContentChange,
  type ContentSize,
  type FoundVulnerability,
  type Origin,
  type PackageChange,
  type RollbackReadiness,
} from "#model";
import type { ArtifactPage, BeforeAfter } from "./artifact-page.ts";
import { amount, flag, known, list, maybe, member, oneOf, text, type Read } from "./shape.ts";

/** Reads what is known of one version, of a check's document. */
export function readPage(value: unknown): ArtifactPage {
  return {
    artifact: text(member(value, "artifact")),
    version: text(member(value, "version")),
    digest: known(isDigest)(member(value, "digest")),
    channel: text(member(value, "channel")),
    from: list(text)(member(value, "from")),
    places: list(readBeforeAfter)(member(value, "places")),
    origin: maybe(readOrigin)(member(value, "origin")),
    platforms: list(text)(member(value, "platforms")),
    evidence: list(text)(member(value, "evidence")),
    missing: list(readMissing)(member(value, "missing")),
    size: maybe(readSize)(member(value, "size")),
    content: maybe(readContent)(member(value, "content")),
    rollback: maybe(readRollback)(member(value, "rollback")),
  };
}

function readBeforeAfter(value: unknown): BeforeAfter {
  return {
    channel: text(member(value, "channel")),
    site: text(member(value, "site")),
    before: maybe(text)(member(value, "before")),
    after: maybe(text)(member(value, "after")),
  };
}

function readOrigin(value: unknown): Origin {
  return {
    repositoryUrl: maybe(text)(member(value, "repositoryUrl")),
    commit: maybe(text)(member(value, "commit")),
    runUrl: maybe(text)(member(value, "runUrl")),
  };
}

function readMissing(value: unknown): ArtifactPage["missing"][number] {
  return {
    what: text(member(value, "what")),
    by: text(member(value, "by")),
    found: text(member(value, "found")),
    who: text(member(value, "who")),
    fix: text(member(value, "fix")),
  };
}

function readSize(value: unknown): ContentSize {
  return { bytes: amount(member(value, "bytes")), reused: amount(member(value, "reused")) };
}

function readContent(value: unknown): ContentChange {
  return {
    against: maybe(text)(member(value, "against")),
    packages: compared(list(readPackage))(member(value, "packages")),
    vulnerabilities: compared((found) => ({
      fixed: list(readVulnerability)(member(found, "fixed")),
      introduced: list(readVulnerability)(member(found, "introduced")),
    }))(member(value, "vulnerabilities")),
    config: compared(list(readConfig))(member(value, "config")),
    platforms: compared((found) => ({
      added: list(text)(member(found, "added")),
      removed: list(text)(member(found, "removed")),
    }))(member(value, "platforms")),
    source: maybe((found: unknown) => ({
      repository: maybe(text)(member(found, "repository")),
      before: maybe(text)(member(found, "before")),
      after: maybe(text)(member(found, "after")),
    }))(member(value, "source")),
  };
}

function compared<Value>(read: Read<Value>): Read<Compared<Value>> {
  return (value) => {
    if (oneOf(["compared", "unknown"])(member(value, "kind")) === "unknown")
      return { kind: "unknown", why: text(member(value, "why")) };
    const basis = maybe(text)(member(value, "basis"));
    const found = read(member(value, "value"));
    return { kind: "compared", value: found, ...(basis === undefined ? {} : { basis }) };
  };
}

function readPackage(value: unknown): PackageChange {
  return {
    kind: oneOf(["added", "removed", "upgraded", "downgraded", "changed"] as const)(
      member(value, "kind"),
    ),
    name: text(member(value, "name")),
    before: maybe(text)(member(value, "before")),
    after: maybe(text)(member(value, "after")),
  };
}

function readVulnerability(value: unknown): FoundVulnerability {
  return {
    id: text(member(value, "id")),
    severity: oneOf(SEVERITIES)(member(value, "severity")),
  };
}

const SETTINGS = [
  "user",
  "entrypoint",
  "command",
  "working folder",
  "ports",
  "volumes",
  "environment",
  "stop signal",
] as const;

function readConfig(value: unknown): ConfigChange {
  return {
    setting: oneOf(SETTINGS)(member(value, "setting")),
    platform: maybe(text)(member(value, "platform")),
    before: text(member(value, "before")),
    after: text(member(value, "after")),
  };
}

function readRollback(value: unknown): RollbackReadiness {
  if (oneOf(["none", "version"])(member(value, "kind")) === "none")
    return { kind: "none", why: text(member(value, "why")) };
  return {
    kind: "version",
    version: text(member(value, "version")),
    digest: known(isDigest)(member(value, "digest")),
    sites: list((site: unknown) => ({
      site: text(member(site, "site")),
      isReady: flag(member(site, "isReady")),
      missing: maybe(text)(member(site, "missing")),
    }))(member(value, "sites")),
  };
}
