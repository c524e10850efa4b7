export { decide, type DecideInput } from "./decide.ts";
