/**
 * `node scripts/sbom.ts > dist/sbom.spdx.json`: what the program is made of, as SPDX, from the lock file. npm's own
 * `--omit dev` leaves out what a development dependency needs as well, our YAML parser among it, so the lock's word for
 * what is only there for development is taken instead.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function parse(text: string): Json {
  const document: unknown = JSON.parse(text);
  return object(document);
}

const locked = object(parse(readFileSync("package-lock.json", "utf8"))["packages"]);
const said = execFileSync("npm", ["sbom", "--package-lock-only", "--sbom-format", "spdx"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  stdio: ["ignore", "pipe", "inherit"],
});
const whole = parse(said);

const dropped = new Set(
  list(whole["packages"])
    .filter(({ packageFileName: path }) => {
      const { dev, devOptional } = object(locked[String(path)]);
      return dev === true || devOptional === true;
    })
    .map(({ SPDXID: id }) => id),
);
const packages = list(whole["packages"]).filter(({ SPDXID: id }) => !dropped.has(id));
const relationships = list(whole["relationships"]).filter(
  ({ spdxElementId: a, relatedSpdxElement: b }) => !dropped.has(a) && !dropped.has(b),
);
process.stdout.write(`${JSON.stringify({ ...whole, packages, relationships }, undefined, 2)}\n`);
