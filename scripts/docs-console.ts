/** `npm run docs:console`: runs every command in the documentation and writes what it prints under it. */
import { CONSOLE_PAGES, readPage, withRealOutput, writePage } from "./docs/console.ts";

const named = process.argv.slice(2);
for (const page of named.length > 0 ? named : CONSOLE_PAGES) {
  const text = readPage(page);
  const real = withRealOutput(text);
  if (real !== text) writePage(page, real);
  console.log(`${page}: ${real === text ? "as it was" : "written"}`);
}
