export {
  diagnosticsCount,
  diagnosticsDocument,
  diagnosticsSarif,
  diagnosticsText,
} from "./diagnostics.ts";
export { codeowners } from "./codeowners.ts";
export { doctorDocument, doctorText } from "./doctor.ts";
export type { ArtifactPage, BeforeAfter } from "./github/artifact-page.ts";
export { checkDocument, readCheck } from "./github/check-document.ts";
export type { CheckReport, PolicyEffect } from "./github/check-report.ts";
export { approvalCheckText, planCheckText, type CheckRunText } from "./github/check-run.ts";
export { diagnosticsCommands, failureCommand, withoutCommands } from "./github/commands.ts";
export { commentMarkdown } from "./github/comment.ts";
export type {
  ApprovalsShown,
  CommentInput,
  NeededApproval,
  Outcome,
  Stale,
} from "./github/comment-input.ts";
export { explainLines } from "./github/explain.ts";
export { markerLine, parseMarker, type Marker } from "./github/marker.ts";
export { checkOutputs, outputLines } from "./github/outputs.ts";
export { policyTurnsOf, type PolicyTurns } from "./github/policy-turns.ts";
export { stepSummary } from "./github/step-summary.ts";
export { notesDocument } from "./notes/notes-document.ts";
export { notesMarkdown } from "./notes/notes-markdown.ts";
export { notesText } from "./notes/notes-text.ts";
export { plain } from "./plain-text.ts";
export { planMarkdown } from "./plan-markdown.ts";
export { planSentence } from "./plan-summary.ts";
export { planText } from "./plan-text.ts";
export { advance, NO_PROGRESS, progressLine, type Progress } from "./progress.ts";
export { count, formatBytes } from "./quantities.ts";
export { resultDocument, resultLine, resultMarkdown, resultText, type Ending } from "./result.ts";
export { makeStyle, type Style } from "./style.ts";
export { bundleDocument, bundleText, type BundleResult, type BundleRoot } from "./verify-bundle.ts";
export { ruleDocument, ruleText } from "./trust/explain-rule.ts";
export { requiresWords } from "./trust/channel-words.ts";
export type { AskingChannel, KeyShown, TrustOverview } from "./trust/overview.ts";
export { trustDocument } from "./trust/show-document.ts";
export { trustText } from "./trust/show-text.ts";
export { turnsOf, type Turned } from "./trust/turned.ts";
export { verifyJson } from "./trust/verify-document.ts";
export { verifyMarkdown } from "./trust/verify-markdown.ts";
export { verifyText, type VerifyPage } from "./trust/verify-text.ts";
export { whyDocument } from "./trust/why-document.ts";
export type { SeenAt, SeenAtSite, WhyQuestion } from "./trust/why-question.ts";
export { whyText } from "./trust/why-text.ts";
export { whyOf, type Why } from "./trust/why.ts";
export { placesOf } from "./trust-render/places.ts";
export type {
  PlacedArtifact,
  RenderedRule,
  RuleKey,
  RuleQuestion,
  RuleSigner,
} from "./trust-render/question.ts";
export { RENDER_TARGETS, renderRule, type RenderTarget } from "./trust-render/render.ts";
