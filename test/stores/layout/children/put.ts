/** Puts one image and prints how it ended as JSON: `put.ts ROOT PATH BYTES`. */
import { openLayoutRepository } from "../../../../src/stores/layout/repository.ts";
import { StoreError } from "../../../../src/stores/store-error.ts";
import { image } from "../../../support/images.ts";
import { push } from "../../contract/fixture.ts";
import { layoutAt, settingsFor } from "../fixture.ts";

const [root = "", path = "", bytes = "0"] = process.argv.slice(2);
const repository = openLayoutRepository(layoutAt(path), settingsFor(root));
try {
  const outcomes = await push(repository, image({ layerBytes: Number(bytes) }), ["v1"]);
  process.stdout.write(`${JSON.stringify({ outcomes })}\n`);
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  const { code, message, hint, digest, retryable } = error;
  process.stdout.write(`${JSON.stringify({ code, message, hint, digest, retryable })}\n`);
}
