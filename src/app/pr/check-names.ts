/** The two checks, by the names that branch rules ask for (issue 6 §1). */
export const PLAN_CHECK = "waybill / plan";
export const APPROVAL_CHECK = "waybill / approval";
