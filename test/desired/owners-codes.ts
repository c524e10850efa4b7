/** The codes of owners and of what channels say of people, times and limits: their rows stand in owners.test.ts. */
export const OWNERS_CODES: readonly string[] = [
  "account-form",
  "clock-form",
  "floor-without-share",
  "freeze-always",
  "freeze-empty",
  "freeze-form",
  "no-members",
  "override-form",
  "override-too-long",
  "person-twice",
  "unknown-group",
  "unknown-time-zone",
];
