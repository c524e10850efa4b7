/** Puts one image and prints as JSON how it ended and what is in the layout then: `put.ts ROOT PATH BYTES`. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openLayoutRepository } from "../../../../src/stores/layout/repository.ts";
import { StoreError } from "../../../../src/stores/store-error.ts";
import { image } from "../../../support/images.ts";
import { push } from "../../contract/fixture.ts";
import { layoutAt, settingsFor } from "../fixture.ts";

const [root = "", path = "", bytes = "0"] = process.argv.slice(2);

async function put(): Promise<object> {
  const repository = openLayoutRepository(layoutAt(path), settingsFor(root));
  try {
    return { outcomes: await push(repository, image({ layerBytes: Number(bytes) }), ["v1"]) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, hint, retryable } = error;
    return { code, message, hint, retryable };
  }
}

const ended = await put();
// Where the folder could not be made there is nothing in it.
const left = await readdir(join(root, path)).catch((): string[] => []);
process.stdout.write(`${JSON.stringify({ ...ended, left: left.toSorted() })}\n`);
