export { observe, type Survey } from "./observe.ts";
