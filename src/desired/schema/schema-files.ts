import { SCHEMAS } from "./schemas.ts";

/** Path → text of the published schemas, for editors: each file of a promotions repository names the one beside it. */
export const SCHEMA_FILES: ReadonlyMap<string, string> = new Map(
  Object.entries(SCHEMAS).map(([kind, schema]) => [
    `schemas/${kind.toLowerCase()}.v1.json`,
    `${JSON.stringify(schema, undefined, 2)}\n`,
  ]),
);
