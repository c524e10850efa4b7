import { renderContainersPolicy } from "./containers-policy.ts";
import { renderKyverno } from "./kyverno.ts";
import { renderPolicyController } from "./policy-controller.ts";
import type { RenderedRule, RuleQuestion } from "./question.ts";
import { renderTalos } from "./talos.ts";

/** The tools that a rule can be written for. */
export const RENDER_TARGETS = [
  "kyverno",
  "policy-controller",
  "containers-policy",
  "talos",
] as const;
export type RenderTarget = (typeof RENDER_TARGETS)[number];

/** Says a rule in another tool's words, as far as they go, and names what they cannot say (002-78). */
export function renderRule(target: RenderTarget, question: RuleQuestion): RenderedRule {
  switch (target) {
    case "kyverno":
      return renderKyverno(question);
    case "policy-controller":
      return renderPolicyController(question);
    case "containers-policy":
      return renderContainersPolicy(question);
    case "talos":
      return renderTalos(question);
  }
}
