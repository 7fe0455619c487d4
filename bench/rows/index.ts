import type { Row } from "../types.ts";
import { trainingBesideKeras, trainingPortable } from "./training.ts";

/** In the order of the table. */
export const ROWS: readonly Row[] = [trainingBesideKeras, trainingPortable];
