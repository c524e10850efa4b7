import { parseTime, type DesiredState, type Digest } from "#model";
import type { DigestName } from "#policy";
import type { TrustContext } from "./context.ts";

/**
 * Every name that digests held on the base branch, of the artifacts of which some versions are revoked: a digest is revoked
 * under whatever name it is met (issue 5 §2). Where no range is revoked nothing is read; where the clone is shallow, the
 * digests that `waybill revoke` wrote into the entry are what is known.
 */
export async function namesHeld(
  { revocations, revision, git }: TrustContext,
  { desired, now }: { readonly desired: DesiredState; readonly now: Date },
): Promise<ReadonlyMap<Digest, readonly DigestName[]>> {
  const names = new Map<Digest, Map<string, DigestName>>();
  function note(digest: Digest, name: DigestName): void {
    const known = names.get(digest) ?? new Map<string, DigestName>();
    names.set(digest, known.set(`${name.project}/${name.name}@${name.version}`, name));
  }
  const ranges = new Set(
    revocations.flatMap(({ target, rescinded }) => {
      const lifted = parseTime(rescinded?.at ?? "");
      const isOver = lifted !== undefined && lifted <= now.getTime();
      return target.kind === "versions" && !isOver ? [`${target.project}/${target.name}`] : [];
    }),
  );
  for (const { id, project, name, lines } of desired.artifacts) {
    if (!ranges.has(id)) continue;
    for (const { digest, version } of lines) note(digest, { project, name, version });
  }
  if (git !== undefined && revision !== undefined) {
    for (const id of ranges) {
      const path = `promotions/${id}.yaml`;
      const texts = (await git.everText(revision, path)) ?? [];
      for (const [digest, name] of await namesIn(path, texts)) note(digest, name);
    }
  }
  return new Map([...names].map(([digest, known]) => [digest, [...known.values()]]));
}

async function namesIn(
  path: string,
  texts: readonly string[],
): Promise<readonly (readonly [Digest, DigestName])[]> {
  const { readBase } = await import("#desired");
  return texts.flatMap((text) =>
    readBase([{ path, text }], []).documents.flatMap(({ project, name, lines }) =>
      lines.map(({ digest, version }) => [digest, { project, name, version }] as const),
    ),
  );
}
