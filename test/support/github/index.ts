export { FakeGitHub } from "./github.ts";
