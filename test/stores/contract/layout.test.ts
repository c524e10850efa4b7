import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Repository } from "#model";
import { openStores } from "../../../src/stores/index.ts";
import { describeStore } from "./describe-store.ts";

function at(path: string): Repository {
  return `oci-layout:./var/${path}` as Repository;
}

describeStore({
  name: "OCI layout",
  tagsSha512: true,
  async open() {
    const root = await mkdtemp(join(tmpdir(), "waybill-layout-"));
    const options = { root, hosts: [], env: {} };
    const [stores, others] = [openStores(options), openStores(options)];
    return {
      repository: (path) => stores.write(at(path)),
      elsewhere: (path) => others.write(at(path)),
      tamper: (path, digest, bytes) =>
        writeFile(join(root, "var", path, "blobs", ...digest.split(":")), bytes),
      breakDown: (path) => writeFile(join(root, "var", path, "index.json"), "{"),
      [Symbol.asyncDispose]: async () => {
        await Promise.all([stores.close(), others.close()]);
        await rm(root, { recursive: true });
      },
    };
  },
});
