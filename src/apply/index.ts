export { apply, type ApplyRequest } from "./apply.ts";
