import { artifactNamed } from "../edit-file.ts";

/** The branch of one artifact's step: `waybill/<project>/<name>/<channel or step>` (issue 6 §5). */
export function branchOf(artifact: string, step: string): string {
  const { project, name } = artifactNamed(artifact, false);
  return `waybill/${project}/${name}/${step}`;
}
