import type { SourceFile } from "../../../src/desired/yaml/read.ts";

/** A digest that is easy to tell from others: the letter 64 times. */
export function digest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

/** A `promoter-manifest.yaml` with one source and these destinations. */
export function manifest(
  folder: string,
  source: string,
  destinations: readonly string[],
): SourceFile {
  const lines = [
    `- name: ${source}`,
    "  src: true",
    ...destinations.map((name) => `- name: ${name}`),
  ];
  return {
    path: `manifests/${folder}/promoter-manifest.yaml`,
    text: `registries:\n${lines.join("\n")}\n`,
  };
}

/** An `images.yaml` of this text. */
export function images(folder: string, text: string): SourceFile {
  return { path: `images/${folder}/images.yaml`, text };
}

/** Both halves of a folder with one source and two destinations. */
export function folder(name: string, text: string): readonly SourceFile[] {
  const destinations = ["eu.example.com/prod", "us.example.com/prod"];
  return [manifest(name, `staging.example.com/${name}`, destinations), images(name, text)];
}
