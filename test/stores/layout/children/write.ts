/** Writes images into a layout, for ever or a number of them: `write.ts ROOT PATH PREFIX [COUNT]`. */
import { image, multiArch, sbomFor } from "../../../support/images.ts";
import { push } from "../../contract/fixture.ts";
import { layoutAt, settingsFor } from "../fixture.ts";
import { openLayoutRepository } from "../../../../src/stores/layout/repository.ts";

const [root = "", path = "", prefix = "", count = "Infinity"] = process.argv.slice(2);
const repository = openLayoutRepository(layoutAt(path), settingsFor(root));

process.stdout.write("started\n");
for (let at = 0; at < Number(count); at += 1) {
  const seed = `${prefix} ${at}`;
  const layers = { layers: 2, layerBytes: 50_000, sharedLayers: 1 };
  const built =
    at % 2 === 0 ? image({ seed, ...layers }) : multiArch(["amd64", "arm64"], { seed, ...layers });
  await push(repository, sbomFor(built));
  const [outcome] = await push(repository, built, [`${prefix}-${at}`]);
  process.stdout.write(`${outcome?.kind} ${prefix}-${at} ${built.digest}\n`);
}
