export { observe, type Survey } from "./observe.ts";
export { gatherFacts, type FactsRequest } from "./trust/gather-facts.ts";
