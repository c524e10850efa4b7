import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { waybillHere } from "../support/real/in-process.ts";
import type { Registry } from "../support/registry/index.ts";
import { commitAll, startRepository } from "../support/repository.ts";

/** What a command printed, and its exit code. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A promotions repository in git, and the command line in it. */
export interface Workshop extends Disposable {
  write(path: string, text: string): void;
  read(path: string): string;
  commit(): void;
  waybill(...args: readonly string[]): Promise<Said>;
}

const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: registry.oslo.example.com } }
  lab: { stores: { oci: registry.lab.example.com } }
`;

/** dev, test and staging lie at another registry than prod. */
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [lab] } }
  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [lab] } }
  staging: { to: "staging/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [lab] } }
  prod:
    to: "library/{name}"
    after: [staging]
    sites: { require: [oslo] }
    tags: { moving: { stable: newest-stable, latest: newest-stable, "{major}.{minor}": newest-in-line } }
`;

/** The canonical hosts of the doubles. */
export interface Registries {
  readonly source: Registry;
  readonly lab: Registry;
  readonly oslo: Registry;
}

/** Opens a promotions repository with the policies above, whose hosts are doubles; nothing is committed yet. */
export function openWorkshop({ source, lab, oslo }: Registries): Workshop {
  const root = mkdtempSync(join(tmpdir(), "waybill-acceptance-"));
  const workshop: Workshop = {
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    commit: () => void commitAll(root, "what git says"),
    waybill: async (...args) => run(root, args),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
  startRepository(root);
  workshop.write("policies/sites.yaml", SITES);
  workshop.write("policies/channels.yaml", CHANNELS);
  workshop.write(
    "policies/registries.yaml",
    `apiVersion: waybill.dev/v1
kind: Registries
hosts:
  registry.example.com: { endpoint: "http://${source.host}" }
  registry.lab.example.com: { endpoint: "http://${lab.host}" }
  registry.oslo.example.com: { endpoint: "http://${oslo.host}" }
`,
  );
  return workshop;
}

/** The promotion file of shop/api. */
export function promotionOf(...lines: readonly string[]): string {
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: shop
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com/builds/api }
versions:
${lines.map((line) => `  - { ${line} }\n`).join("")}`;
}

async function run(root: string, args: readonly string[]): Promise<Said> {
  const { code, stdout: out, stderr: err } = await waybillHere(root, args);
  return { code, out, err };
}
