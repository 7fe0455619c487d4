import type { Row } from "../types.ts";
import { images } from "./images.ts";
import { inference } from "./inference.ts";
import { labels } from "./labels.ts";
import { trainingBesideKeras, trainingPortable } from "./training.ts";

/** In the order of the table. */
export const ROWS: readonly Row[] = [trainingBesideKeras, trainingPortable, inference, labels, images];
