import type { Bench, Row } from "../bench.ts";
import { bulkyImage, layeredImages, thinImages } from "../images.ts";
import type { RowResult } from "../result.ts";
import { imagesIn, raceToCopy, SOURCE, TARGET, type Copying } from "./copying.ts";

const TAGS = 200;
const IDLE_TAGS = 2000;
const LAYER_BYTES = 512 * 1024 * 1024;

/** 200 tags between two registries, the target empty. */
export const fresh: Row = {
  name: "fresh",
  title: `${TAGS} tags x 3 layers (1 shared) to an empty registry, planning included`,
  async run(bench) {
    const images = layeredImages(TAGS);
    const source = imagesIn(SOURCE, "layered", images);
    return raced(bench, this, { images, source, target: "empty" });
  },
};

/** 2,000 tags that are all in place. */
export const noop: Row = {
  name: "noop",
  title: `${IDLE_TAGS} tags, nothing to do, process start included`,
  async run(bench) {
    const images = thinImages(IDLE_TAGS);
    const source = imagesIn(SOURCE, "thin-source", images);
    const target = imagesIn(TARGET, "thin-target", images);
    return raced(bench, this, { images, source, target });
  },
};

/** 200 tags to another repository of the registry that holds them. */
export const promote: Row = {
  name: "promote",
  title: `${TAGS} tags x 3 layers to another repository of one registry`,
  async run(bench) {
    const images = layeredImages(TAGS);
    const source = imagesIn(SOURCE, "layered", images);
    return raced(bench, this, { images, source, target: undefined });
  },
};

/** One large layer between two registries. */
export const layer: Row = {
  name: "layer",
  title: "one image with one layer of 512 MiB to an empty registry",
  async run(bench) {
    const folder = await bench.workshop.folder("bulky");
    const images = [await bulkyImage({ folder, bytes: LAYER_BYTES }, bench.signal)];
    const source = imagesIn(SOURCE, "bulky", images);
    try {
      return await raced(bench, this, { images, source, target: "empty" });
    } finally {
      await bench.yard.forget(source);
    }
  },
};

async function raced(
  bench: Bench,
  { name, title }: Pick<Row, "name" | "title">,
  copying: Copying,
): Promise<RowResult> {
  const entrants = await raceToCopy(bench, copying);
  return { name, title, entrants, checks: [], figures: {}, notes: [] };
}
