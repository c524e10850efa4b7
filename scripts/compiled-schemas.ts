/** Compiles the schemas when the bundle is built: ajv would take 50 ms and 130 kB of every command for the same code. */
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import type { Plugin } from "esbuild";
import { SCHEMAS } from "../src/desired/schema/schemas.ts";
import { RULES } from "../src/desired/schema/validators.ts";

/** Puts the compiled schemas in the place of the module that would compile them. */
export const compiledSchemas: Plugin = {
  name: "compiled-schemas",
  setup(build) {
    build.onLoad({ filter: /[/\\]desired[/\\]schema[/\\]validators\.ts$/ }, () => ({
      contents: validatorsModule(),
      resolveDir: build.initialOptions.absWorkingDir ?? process.cwd(),
    }));
  },
};

/** The source of a module with the exports of `src/desired/schema/validators.ts` that the rest of the bundle uses. */
export function validatorsModule(): string {
  const ajv = new Ajv2020({ ...RULES, code: { source: true, esm: true } });
  const kinds = Object.entries(SCHEMAS);
  for (const [kind, schema] of kinds) ajv.addSchema(schema, kind);
  const names = kinds.map(([kind]) => kind);
  const code = standalone.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  return `${code}\nconst all = { ${names.join(", ")} };\nexport function validatorOf(kind) { return all[kind]; }\n`;
}
