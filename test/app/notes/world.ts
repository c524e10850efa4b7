import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed, type Built } from "../../support/images.ts";
import { makePair, type Pair } from "../../support/signing.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

export const SOURCE = "acme/api";
export const FILE = "promotions/payments/api.yaml";
/** What may read an application's repository, and no more. */
export const READS = { contents: "read", pull_requests: "read" } as const;

/** A pull request that is merged into the application's repository. */
export interface Merged {
  readonly title: string;
  readonly body?: string;
  readonly labels?: readonly string[];
}

/** A promotions repository and the application that it promotes, on one GitHub. */
export interface NotesWorld extends AsyncDisposable {
  readonly workspace: ForgeWorkspace;
  readonly bot: Pair;
  readonly token: string;
  /** Merges pull requests into the application, builds it, and puts it at its source under a tag. */
  build(version: string, merged: readonly Merged[], more?: Building): Promise<Built>;
  /** What the promotions repository's main branch has, checked out. */
  checkout(files: Readonly<Record<string, string>>): Promise<string>;
  run(folder: string, args: readonly string[], env?: Record<string, string>): Promise<Ran>;
}

export interface Building {
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Opens one; the application's repository is private, as most are. */
export async function openNotesWorld(): Promise<NotesWorld> {
  const workspace = await ForgeWorkspace.open();
  const { github } = workspace;
  await github.addRepository(SOURCE, { private: true });
  const first = { branch: "main", by: "alice", repository: SOURCE, files: { "README.md": "api" } };
  await github.push(first);
  const token = github.installationToken(github.addApp({ slug: "reader", permissions: READS }));
  let changes = 0;
  return {
    workspace,
    bot: makePair(),
    token,
    async build(version, merged, { annotations = {} } = {}) {
      let revision = (await github.repository(SOURCE).git.head("refs/heads/main")) ?? "";
      for (const { title, body = "", labels = [] } of merged) {
        changes += 1;
        const branch = `change-${changes}`;
        const files = { [branch]: title };
        await github.push({ branch, by: "bob", repository: SOURCE, files });
        const opened = { head: branch, author: "bob", repository: SOURCE, title, body, labels };
        const { number } = await github.openPull(opened);
        revision = await github.merge(number, { by: "alice", repository: SOURCE });
      }
      const built = image({
        seed: version,
        annotations: {
          "org.opencontainers.image.source": `${github.origin}/${SOURCE}`,
          "org.opencontainers.image.revision": revision,
          ...annotations,
        },
      });
      seed(workspace.source.repository("staging/api"), built, [version]);
      return built;
    },
    async checkout(files) {
      // Prod comes after staging, in another commit.
      const staged = Object.entries(files).map(([path, text]) => [
        path,
        text.replaceAll(", prod]", "]"),
      ]);
      await github.push({ branch: "main", by: "alice", files: Object.fromEntries(staged) });
      await github.push({ branch: "main", by: "alice", files });
      return workspace.checkout("refs/heads/main");
    },
    run: (folder, args, env = {}) => workspace.run(folder, args, { token, env }),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

/** A promotion of versions, each with its channels. */
export function listed(
  ...lines: readonly (readonly [version: string, built: Built, channels: string])[]
): Readonly<Record<string, string>> {
  const text = lines.map(([version, built, to]) =>
    versionLine(version, built, `channels: [${to}]`),
  );
  return { [FILE]: promotion("api", ...text) };
}
