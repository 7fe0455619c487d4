import { openEngine } from "../../src/engine/open.ts";
import type { Engine, EngineName } from "../../src/engine/types.ts";

/** The engine that the tests of models run on: the portable one, or what ERRATA_ENGINE names. */
export const TESTED = (process.env.ERRATA_ENGINE ?? "wasm") as EngineName;

export const openTested = (): Promise<Engine> => openEngine(TESTED);
