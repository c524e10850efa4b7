import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "./program.ts";
import { CHECKOUT } from "./waybill.ts";

/** Programs that make what is promoted. */
export const MAKERS = ["buildah", "cosign", "crane", "npm", "regctl", "skopeo", "tar"] as const;

/** What other people's programs made, before it is in a store. */
export interface Workbench {
  readonly folder: string;
  /** An environment in which no program finds an account or a configuration of this machine. */
  readonly env: Readonly<Record<string, string>>;
  /** The two halves of cosign's key pair. */
  readonly key: string;
  readonly publicKey: string;
  /** An SPDX document of npm's. */
  readonly sbom: string;
  /** A layer for crane, as a tar. */
  readonly layers: readonly string[];
}

/**
 * What is promoted, each in `<root>/NAME` under the tag `v1.0.0`: buildah's index of two platforms, signed with all below
 * it in both forms and with an SPDX document; crane's image, signed; and one of Docker's media types.
 */
export const NAMES = ["web", "api", "old"] as const;

/** The digest of each. */
export type Content = Readonly<Record<(typeof NAMES)[number], string>>;

const PLATFORMS = ["amd64", "arm64"] as const;

/** Makes all that is the same whichever registry it is pushed to. */
export async function openWorkbench(folder: string): Promise<Workbench> {
  const env = { HOME: folder, DOCKER_CONFIG: folder, COSIGN_PASSWORD: "", XDG_RUNTIME_DIR: folder };
  // Some programs want the file of their logins to be there.
  await writeFile(join(folder, "config.json"), "{}");
  const sbom = join(folder, "npm.spdx.json");
  await buildIndex(folder, env);
  await mustRun("cosign", ["generate-key-pair"], { cwd: folder, env });
  const asked = ["sbom", "--sbom-format", "spdx", "--package-lock-only", "--omit", "dev"];
  await writeFile(sbom, await mustRun("npm", asked, { cwd: CHECKOUT, env }));
  const layers = [await tarred(folder, "first"), await tarred(folder, "second")];
  const keys = { key: join(folder, "cosign.key"), publicKey: join(folder, "cosign.pub") };
  return { folder, env, ...keys, sbom, layers };
}

/** Two images from scratch, each of two layers, and the index over both, in buildah's own storage. */
async function buildIndex(folder: string, env: Workbench["env"]): Promise<void> {
  for (const platform of PLATFORMS) {
    const base = await build(folder, env, { from: "scratch", platform, name: "base" });
    await build(folder, env, { from: base, platform, name: "web" });
  }
  await buildah(folder, env, ["manifest", "create", "localhost/web"]);
  for (const platform of PLATFORMS) {
    const image = `localhost/web-${platform}`;
    await buildah(folder, env, ["manifest", "add", "localhost/web", image]);
  }
}

interface Layer {
  readonly from: string;
  readonly platform: string;
  readonly name: string;
}

async function build(folder: string, env: Workbench["env"], layer: Layer): Promise<string> {
  const { from, platform, name } = layer;
  const image = `localhost/${name}-${platform}`;
  const file = join(folder, `${name}-${platform}.txt`);
  await writeFile(file, `${name} for ${platform}\n`.repeat(1000));
  const made = (await buildah(folder, env, ["from", "--arch", platform, from])).trim();
  await buildah(folder, env, ["copy", made, file, `/${name}.txt`]);
  const labels = ["--label", `org.opencontainers.image.title=${name}`];
  await buildah(folder, env, ["config", "--os", "linux", "--arch", platform, ...labels, made]);
  await buildah(folder, env, ["commit", "--quiet", "--format", "oci", made, image]);
  return image;
}

/** Buildah without namespaces, so that it runs in a container as well. */
async function buildah(
  folder: string,
  env: Workbench["env"],
  args: readonly string[],
): Promise<string> {
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  return mustRun("buildah", [...storage, "--storage-driver", "vfs", ...args], { env });
}

async function tarred(folder: string, name: string): Promise<string> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, `${name}.txt`), `${name}\n`.repeat(5000));
  const tar = join(folder, `${name}.tar`);
  await mustRun("tar", ["-C", join(folder, name), "-cf", tar, "."]);
  return tar;
}

/** Pushes the index and the image to a registry, signs both, and attaches the SPDX document. */
export async function fillRegistry(bench: Workbench, root: string): Promise<Content> {
  const { env, folder } = bench;
  const [web, api, old] = [`${root}/web`, `${root}/api`, `${root}/old`];
  const push = ["manifest", "push", "--quiet", "--all", "--format", "oci", "--tls-verify=false"];
  await buildah(folder, env, [...push, "localhost/web", `docker://${web}:v1.0.0`]);
  const layers = bench.layers.flatMap((layer) => ["-f", layer]);
  await mustRun("crane", ["append", "--oci-empty-base", ...layers, "-t", `${api}:v1.0.0`], { env });
  await mustRun("crane", ["append", ...layers, "-t", `${old}:v1.0.0`], { env });
  const [ofWeb, ofApi, ofOld] = await Promise.all(
    [web, api, old].map((name) => mustRun("crane", ["digest", `${name}:v1.0.0`], { env })),
  );
  const digests = { web: `${ofWeb}`.trim(), api: `${ofApi}`.trim(), old: `${ofOld}`.trim() };
  await sign(bench, `${web}@${digests.web}`, ["--recursive"]);
  await sign(bench, `${web}@${digests.web}`, ["--recursive", "--new-bundle-format=false"]);
  await sign(bench, `${api}@${digests.api}`, ["--new-bundle-format=false"]);
  await attach(bench, `${web}:v1.0.0`);
  return digests;
}

/** Signs with a key, and with no service of the internet; cosign says where it put the signature. */
async function sign(bench: Workbench, image: string, flags: readonly string[]): Promise<void> {
  const offline = ["--tlog-upload=false", "--use-signing-config=false", "--yes"];
  const how = ["sign", "--key", bench.key, "--allow-http-registry", ...offline, ...flags, image];
  await mustRun("cosign", how, { env: bench.env });
}

async function attach(bench: Workbench, subject: string): Promise<void> {
  const type = ["--artifact-type", "application/spdx+json"];
  const file = ["--file", bench.sbom, "--file-media-type", "application/spdx+json"];
  await mustRun(
    "regctl",
    [...plainHttp(subject), "artifact", "put", ...type, ...file, "--subject", subject],
    { env: bench.env },
  );
}

/** Fills a folder of layouts with what a registry holds, evidence included. */
export async function fillLayouts(bench: Workbench, from: string, folder: string): Promise<void> {
  for (const name of NAMES) {
    const copy = ["image", "copy", "--referrers", "--digest-tags", `${from}/${name}:v1.0.0`];
    const to = `ocidir://${join(folder, name)}:v1.0.0`;
    await mustRun("regctl", [...plainHttp(from), ...copy, to], { env: bench.env });
  }
}

/** Regctl asks for TLS even on loopback, unless it is told. */
export function plainHttp(reference: string): readonly string[] {
  return ["--host", `reg=${reference.split("/")[0] ?? ""},tls=disabled`];
}
