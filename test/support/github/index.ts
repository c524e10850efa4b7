export type { Fault } from "./fault.ts";
export { FakeGitHub } from "./github.ts";
export type { Permissions } from "./state.ts";
