import { stringify } from "yaml";
import {
  evidenceTag,
  image,
  multiArch,
  seed,
  signatureFor,
  type Built,
} from "../support/images.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import type { Repository } from "../support/registry/index.ts";

/** What a thin project promotes: image → what was built → its tags; no tags means by digest alone. */
export type Content = ReadonlyMap<string, ReadonlyMap<Built, readonly string[]>>;

/** Two images: one in several versions, of which one is no SemVer and one has no tag, and one below a folder. */
export const CONTENT: Content = new Map([
  [
    "etcd",
    new Map<Built, readonly string[]>([
      [multiArch(["amd64", "arm64"], { seed: "3.5.0" }), ["3.5.0-0", "latest-3.5"]],
      [image({ seed: "3.4.7" }), ["3.4.7.0"]],
      [image({ seed: "untagged" }), []],
    ]),
  ],
  ["tools/etcdctl", new Map([[image({ seed: "ctl" }), ["v1"]]])],
]);

/** How many digests and tags there are of it. */
export function sizeOf(content: Content): { readonly digests: number; readonly tags: number } {
  const entries = [...content.values()].flatMap((builds) => [...builds]);
  return { digests: entries.length, tags: entries.reduce((sum, [, tags]) => sum + tags.length, 0) };
}

/** The addresses of a thin project. */
export interface Addresses {
  readonly source: string;
  readonly destinations: readonly string[];
}

/** Writes and commits a project of the shape that kpromo reads, and nothing else. */
export async function thinProject(
  { source, destinations }: Addresses,
  content: Content = CONTENT,
): Promise<PromotionsRepository> {
  const repository = await promotionsRepository();
  await repository.write(
    "manifests/k8s-staging-etcd/promoter-manifest.yaml",
    stringify({ registries: registriesOf({ source, destinations }) }),
  );
  await repository.write("images/k8s-staging-etcd/images.yaml", stringify(imagesOf(content)));
  repository.commit();
  return repository;
}

/** The `registries` of a manifest. */
export function registriesOf({ source, destinations }: Addresses): readonly object[] {
  return [{ name: source, src: true }, ...destinations.map((name) => ({ name }))];
}

/** The `images` of a manifest. */
export function imagesOf(content: Content): readonly object[] {
  return [...content].map(([name, builds]) => ({
    name,
    dmap: Object.fromEntries([...builds].map(([{ digest }, tags]) => [digest, [...tags]])),
  }));
}

/** Puts all of it where a project's source should hold it, with a signature beside the first. */
export function fillSource(open: (image: string) => Repository, content: Content = CONTENT): void {
  for (const [name, builds] of content) {
    const repository = open(name);
    for (const built of builds.keys()) seed(repository, built);
    const [first] = builds.keys();
    if (first !== undefined) seed(repository, signatureFor(first), [evidenceTag(first.digest)]);
  }
}
