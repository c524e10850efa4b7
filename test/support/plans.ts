import type { ActualState, DesiredState, Plan, Scope } from "#model";
import { buildPlan } from "#plan";
import { decide } from "#policy";
import { actualState } from "./state.ts";

/** Plans a desired state against an actual one, over an empty world unless another is given. */
export function planOf(
  desired: DesiredState,
  actual: ActualState = actualState(desired),
  scope: Scope = { kind: "all" },
): Plan {
  return buildPlan({
    desired,
    decisions: decide({ desired, now: new Date("2026-11-20T12:00:00Z") }),
    actual,
    scope,
    commit: undefined,
    base: undefined,
  });
}

/** What a plan does, a row an action: `copy v1.4.2 prod/oslo`, `tag v1.4.2 prod/oslo stable`. */
export function actionRows({ actions }: Pick<Plan, "actions">): readonly string[] {
  return actions.map(({ op, version, channel, site, tag }) =>
    [op, version, `${channel}/${site}`, ...(tag === null ? [] : [tag])].join(" "),
  );
}

/** What a plan leaves, a row an obstacle: `foreign-move v1.4.2 prod/oslo`. */
export function blockedRows({ blocked }: Pick<Plan, "blocked">): readonly string[] {
  return blocked.map(({ code, version, channel, site }) =>
    [code, version ?? "-", `${channel ?? "-"}/${site ?? "-"}`].join(" "),
  );
}

/** The codes of a plan's notes. */
export function noteCodes({ notes }: Pick<Plan, "notes">): readonly string[] {
  return notes.map(({ code }) => code);
}
