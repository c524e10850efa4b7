import type { Repository } from "#model";
import { openStores } from "../../../src/stores/index.ts";
import { startRegistry, type RegistryOptions } from "../../support/registry/index.ts";
import { describeStore } from "./describe-store.ts";

/** Registries that differ in what they can; all must keep the port's promises. `If-None-Match` is what lets a new tag lose a race. */
const HOSTS: readonly (RegistryOptions & { readonly name: string })[] = [
  { name: "registry with the referrers API", conditional: "if-match" },
  { name: "registry with fallback tags", conditional: "if-match", referrers: "off" },
];

for (const { name, ...behaviour } of HOSTS)
  describeStore({
    name,
    tagsSha512: false,
    async open() {
      const registry = await startRegistry(behaviour);
      const retry = { tries: 2, backoffMs: 1 };
      const options = { root: "/", hosts: [], env: {}, retry };
      const [stores, others] = [openStores(options), openStores(options)];
      function at(path: string): Repository {
        return `${registry.host}/${path}` as Repository;
      }
      return {
        repository: (path) => stores.write(at(path)),
        elsewhere: (path) => others.write(at(path)),
        async tamper(path, digest, bytes) {
          const content = registry.repository(path);
          const manifest = content.manifests.get(digest);
          if (manifest === undefined) content.putBlob(bytes, digest);
          else content.putManifest(bytes, manifest.mediaType, [], digest);
        },
        async breakDown() {
          registry.fault({ match: { times: Infinity }, do: { kind: "answer", status: 500 } });
        },
        async [Symbol.asyncDispose]() {
          await Promise.all([stores.close(), others.close()]);
          await registry.close();
        },
      };
    },
  });
