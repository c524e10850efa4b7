import type { Row } from "./bench.ts";
import { fresh, layer, noop, promote } from "./rows/copy-rows.ts";
import { install } from "./rows/install.ts";
import { scale } from "./rows/scale.ts";
import { since } from "./rows/since.ts";
import { start } from "./rows/start.ts";
import { verify } from "./rows/verify.ts";
import {
  universe,
  universeMissing,
  universeNest,
  universePlain,
  universeQuota,
} from "./rows/universe-rows.ts";

/** All rows, in the order they are run. */
export const ROWS: readonly Row[] = [
  start,
  install,
  fresh,
  noop,
  promote,
  layer,
  since,
  universe,
  universeMissing,
  universeNest,
  universePlain,
  universeQuota,
  scale,
  verify,
];
