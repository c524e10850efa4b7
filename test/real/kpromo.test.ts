import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import {
  CONTENT,
  fillSource,
  imagesOf,
  registriesOf,
  thinProject,
} from "../kpromo/thin-project.ts";
import { mustRun, requireTool } from "../support/real/program.ts";
import type { PromotionsRepository } from "../support/real/promotions-repository.ts";
import { startRegistry, type Registry } from "../support/registry/index.ts";

const ADDRESSES = {
  source: "gcr.io/k8s-staging-etcd",
  destinations: ["us-docker.pkg.dev/prod/images", "eu-docker.pkg.dev/prod/images/kubernetes"],
};

interface Action {
  readonly op: string;
  readonly site: string;
  readonly to: string;
  readonly digest: string;
  readonly tag?: string;
}

describe.skipIf(requireTool("kpromo") !== undefined)("a project that kpromo reads", () => {
  let repository: PromotionsRepository;
  let registry: Registry;

  beforeAll(async () => {
    repository = await thinProject(ADDRESSES);
    registry = await startRegistry();
    fillSource((image) => registry.repository(`k8s-staging-etcd/${image}`));
    const hosts = `hosts:\n  "*": { endpoint: "${registry.origin}" }\n`;
    await repository.write(
      "loopback.yaml",
      `apiVersion: waybill.dev/v1\nkind: Registries\n${hosts}`,
    );
    // Its own long form of the same: one file that holds the images too.
    const whole = { registries: registriesOf(ADDRESSES), images: imagesOf(CONTENT) };
    await repository.write("whole.yaml", stringify(whole));
  });
  afterAll(async () => {
    await repository[Symbol.asyncDispose]();
    await registry.close();
  });

  it.for(ADDRESSES.destinations)(
    "004-11 puts into %s exactly what kpromo says should be there",
    async (destination) => {
      const asked = ["cip", "--manifest", repository.path("whole.yaml"), "--output", "csv"];
      const env = { HOME: repository.root };
      const said = await mustRun(
        "kpromo",
        [...asked, "--manifest-based-snapshot-of", destination],
        { env },
      );
      const theirs = said
        .split("\n")
        .flatMap((line) => line.split(","))
        .filter((name) => /[@:]/u.test(name));

      const plan = await repository.waybill([
        "plan",
        "--format",
        "json",
        "--registries",
        "loopback.yaml",
      ]);
      expect(plan.code, plan.stderr).toBe(0);
      const { actions }: { readonly actions: readonly Action[] } = JSON.parse(plan.stdout);
      const ours = actions
        .filter(({ site }) => site === destination)
        .map(({ op, to, digest, tag }) => {
          const image = to.slice(destination.length + 1);
          return op === "copy" ? `${image}@${digest}` : `${image}:${tag}`;
        });
      expect(ours.toSorted()).toEqual([...new Set(theirs)].toSorted());
    },
  );
});
