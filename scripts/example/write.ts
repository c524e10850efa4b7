/**
 * `npm run example`: writes the source layouts that this repository's own promotions/ name, a few kilobytes in all. They
 * are checked in, so that `waybill plan` has real actions as soon as the repository is cloned.
 */
import { generateKeyPairSync } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAddress, repositoryAt } from "#model";
import { openStores } from "#stores";
import { apiImage, publish, webImage, type Published } from "./content.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const signal = AbortSignal.timeout(60_000);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const artifacts: readonly (readonly [name: string, versions: readonly Published[]])[] = [
  ["web", [webImage("v1.1.0-rc.1", key), webImage("v1.0.0", key)]],
  ["api", [apiImage("v2.1.0", key)]],
];

rmSync(join(root, "example"), { recursive: true, force: true });
const stores = openStores({ root, hosts: [], env: {} });
for (const [name, versions] of artifacts) {
  const address = parseAddress(`oci-layout:./example/staging/${name}`);
  if (typeof address === "string") throw new Error(address);
  for (const artifact of versions) {
    await publish(stores, repositoryAt(address), artifact, signal);
    console.log(`example/staging/${name} ${artifact.tags.join(", ")} ${artifact.built.digest}`);
  }
}
await stores.close();
