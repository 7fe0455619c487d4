import type { Row } from "../types.ts";
import { auditCost } from "./audit-cost.ts";
import { augmentation } from "./augmentation.ts";
import { images } from "./images.ts";
import { inference } from "./inference.ts";
import { labels } from "./labels.ts";
import { masks } from "./masks.ts";
import { memory } from "./memory.ts";
import { scaling } from "./scaling.ts";
import { shards } from "./shards.ts";
import { trainingBesideKeras, trainingPortable } from "./training.ts";

/** In the order of the table. */
export const ROWS: readonly Row[] = [
  trainingBesideKeras,
  trainingPortable,
  augmentation,
  inference,
  labels,
  images,
  shards,
  auditCost,
  scaling,
  memory,
  masks,
];
