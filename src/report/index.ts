export {
  diagnosticsCommands,
  diagnosticsCount,
  diagnosticsDocument,
  diagnosticsSarif,
  diagnosticsText,
} from "./diagnostics.ts";
export { plain } from "./plain-text.ts";
export { planMarkdown } from "./plan-markdown.ts";
export { planSentence } from "./plan-summary.ts";
export { planText } from "./plan-text.ts";
export { advance, NO_PROGRESS, progressLine, type Progress } from "./progress.ts";
export { count, formatBytes } from "./quantities.ts";
export { resultDocument, resultLine, resultMarkdown, resultText, type Ending } from "./result.ts";
export { makeStyle, type Style } from "./style.ts";
export { bundleDocument, bundleText, type BundleResult, type BundleRoot } from "./verify-bundle.ts";
