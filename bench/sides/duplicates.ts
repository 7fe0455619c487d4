/** Finds duplicates among the tables that `scan.ts` left. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findDuplicates } from "../../src/dataset/duplicates.ts";
import { decodePack } from "../../src/dataset/pack.ts";
import { optionsOf, serve } from "./serve.ts";

const { folder } = optionsOf<{ folder: string }>();

await serve(() => {
  const tables = readdirSync(folder).filter((name) => name.endsWith(".arrow"));
  const rows = tables.flatMap((name) => decodePack(readFileSync(join(folder, name))));
  return { images: rows.length, duplicates: findDuplicates(rows).length };
});
