/**
 * `npm run demo`: the main job end to end on the embedded default (OCI layouts), in a temporary folder: validate, plan,
 * apply, plan again, promote by command, plan, apply, and what landed where. Every command is printed, and really run.
 */
import { newKey, onStage, repository, title, type Stage } from "./demo/stage.ts";
import { apiImage, publish, webImage } from "./example/content.ts";
import { landed, type Landed } from "./example/landed.ts";

const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./sites/oslo" } }
  bergen: { stores: { oci: "oci-layout:./sites/bergen" } }
`;

const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [oslo] } }
  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] } }
  staging: { to: "staging/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo, bergen] }
    tags:
      moving: { stable: newest-stable, "{major}.{minor}": newest-in-line }
`;

async function demo({ stores, signal, write, cli, run, git }: Stage): Promise<void> {
  title(
    "A promotions repository, and two artifacts in a staging folder: a multi-arch index, an image with a signature",
  );
  const web = webImage("v1.0.0", newKey().privateKey);
  const api = apiImage("v2.1.0", newKey().privateKey);
  await publish(stores, repository("oci-layout:./staging/web"), web, signal);
  await publish(stores, repository("oci-layout:./staging/api"), api, signal);
  write("policies/sites.yaml", SITES);
  write("policies/channels.yaml", CHANNELS);
  write("promotions/shop/web.yaml", promotion("web", "v1.0.0", web.built.digest));
  write("promotions/shop/api.yaml", promotion("api", "v2.1.0", api.built.digest));
  git("init", "-q", "-b", "main");
  git("add", "policies", "promotions");
  git("commit", "-q", "-m", "Register web and api");
  run("cat", "promotions/shop/web.yaml");

  title("1. Check it, look at what would happen, and do it");
  cli(0, "validate");
  cli(0, "plan");
  cli(0, "apply", "--yes", "--quiet");
  cli(0, "plan", "--deep");

  title("2. Promote by command: the smallest change to the file is the request");
  cli(0, "promote", "shop/web@v1.0.0", "--to", "test,staging");
  run("git", "--no-pager", "diff", "--no-color", "-U1");
  git("commit", "-q", "-a", "-m", "Promote shop/web v1.0.0 to test and staging");
  cli(0, "plan", "--since", "HEAD^1");
  cli(0, "apply", "--yes", "--quiet", "--since", "HEAD^1");
  cli(0, "promote", "shop/web@v1.0.0", "--to", "prod");
  git("commit", "-q", "-a", "-m", "Promote shop/web v1.0.0 to prod");
  cli(0, "apply", "--yes", "--quiet");
  cli(0, "plan", "--deep");

  title("3. What landed where, read by walking the layouts");
  const places = ["dev/shop/web", "dev/shop/api", "test/shop/web", "staging/shop/web", "shop/web"];
  const found: Landed[] = [];
  for (const site of ["oslo", "bergen"]) {
    for (const place of places) {
      const at = repository(`oci-layout:./sites/${site}/${place}`);
      const read = await landed(stores.read(at), signal);
      if (read) found.push(read);
    }
  }
  for (const line of found)
    console.log(
      `  ${line.repository}: ${line.tags.join(", ")}; ${line.manifests} manifests, ${line.blobs} blobs, ${line.referrers} referrers, all hashes right`,
    );
  prove(found, web.built.digest, api.built.digest);
}

/** Fails the demo where anything is not as the sentences above say. */
function prove(found: readonly Landed[], web: string, api: string): void {
  const prod = found.filter(
    (place) => place.repository.endsWith("/shop/web") && place.digests.get("v1.0.0") === web,
  );
  const held = found.filter((place) => place.digests.get("v2.1.0") === api);
  const evidence = found.every(
    (place) => place.referrers >= 1 && place.tags.some((tag) => tag.endsWith(".sig")),
  );
  const stable = found.some((place) => place.digests.get("stable") === web);
  if (prod.length !== 5 || held.length !== 1 || !evidence || !stable)
    throw new Error("the demo did not end as it should");
  console.log(
    `\nProved: ${found.length} places hold exactly what git says, each with its signature and SBOM; the second plan found nothing to do; no digest changed on the way.`,
  );
}

function promotion(name: string, version: string, digest: string): string {
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: shop
name: ${name}
artifact:
  kind: container-image
  source: { type: oci, repository: "oci-layout:./staging/${name}" }
versions:
  - { version: ${version}, digest: "${digest}", channels: [dev] }
`;
}

await onStage(demo);
