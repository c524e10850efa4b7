import {
  parseTime,
  type Authority,
  type AuthorityKey,
  type Diagnostic,
  type Requirement,
  type TrustException,
} from "#model";
import { errorAt, listed, shown, warningAt } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";

/**
 * Keys whose time is over: a warning at the key, and an error at a requirement of an enforce rule that nobody else could
 * satisfy any more (issue 5 §2); and exceptions that have ended. What was signed in time still counts where a trusted time proves it.
 */
export function checkTrustTimes({ policy }: TrustDocument, now: Date): readonly Diagnostic[] {
  const authorities = [...policy.authorities.values()];
  const expired = new Set(authorities.filter((authority) => isOver(authority, now)));
  const keys = authorities.flatMap(({ name, identity }) =>
    identity.kind === "keys" ? identity.keys.flatMap((key) => keyWarning(name, key, now)) : [],
  );
  const rules = policy.rules
    .filter(({ mode }) => mode === "enforce")
    .flatMap((rule) =>
      rule.require.flatMap((requirement) => {
        const names = signersOf(requirement);
        const able = names.map((name) => policy.authorities.get(name));
        if (names.length === 0 || !able.every((authority) => authority && expired.has(authority)))
          return [];
        return [
          errorAt(requirement.at, "key-expired", {
            message: `The rule ${shown(rule.name)} depends on ${listed(names)} alone, whose keys have all expired.`,
            expected: "an authority with a key that is valid now",
            hint: "add the new key beside the old one, each with its dates",
          }),
        ];
      }),
    );
  return [...keys, ...rules, ...policy.exceptions.flatMap((item) => exceptionWarning(item, now))];
}

function signersOf(requirement: Requirement): readonly string[] {
  return requirement.type === "sbom" && requirement.unsigned ? [] : (requirement.signedBy ?? []);
}

function isOver({ identity }: Authority, now: Date): boolean {
  if (identity.kind !== "keys" || identity.keys.length === 0) return false;
  return identity.keys.every((key) => isExpired(key, now));
}

function isExpired({ validTo }: AuthorityKey, now: Date): boolean {
  const end = parseTime(validTo ?? "");
  return end !== undefined && end <= now.getTime();
}

function keyWarning(authority: string, key: AuthorityKey, now: Date): readonly Diagnostic[] {
  if (!isExpired(key, now)) return [];
  return [
    warningAt(key.at, "key-expired", {
      message: `The key ${shown(key.file)} of ${shown(authority)} expired at ${key.validTo ?? ""}: only what was signed before, by a trusted time, still counts.`,
      hint: "add the key that follows it, and keep this one for what it signed",
    }),
  ];
}

function exceptionWarning(exception: TrustException, now: Date): readonly Diagnostic[] {
  const end = parseTime(exception.until);
  if (end === undefined || end > now.getTime()) return [];
  return [
    warningAt(exception.at, "exception-expired", {
      message: `The exception for ${shown(exception.vulnerability)} ended at ${exception.until}.`,
      hint: "remove it, or decide again and write a new end",
    }),
  ];
}
