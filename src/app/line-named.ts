import type { PromotionDocument } from "#desired";
import { selectLine, type ArtifactRef, type VersionLine } from "#model";
import { RequestError } from "./request-error.ts";

/** The line that an ARTIFACT@VERSION means; none or several are a RequestError with the candidates (contract §1). */
export function lineNamed(document: PromotionDocument, ref: ArtifactRef): VersionLine {
  const selector = ref.selector ?? "";
  const selection = selectLine(document.lines, selector);
  switch (selection.kind) {
    case "line":
      return selection.line;
    case "none": {
      const known = document.lines.map((line) => line.version).join(", ");
      throw new RequestError(
        `${document.file} lists no version ${selector}.`,
        known === "" ? undefined : `it lists ${known}`,
      );
    }
    case "ambiguous": {
      const candidates = selection.candidates
        .map((line) => `${line.version} (${line.digest})`)
        .join(", ");
      throw new RequestError(
        `${selector} could be any of ${candidates}.`,
        "write the version, or more of the digest",
      );
    }
  }
}
