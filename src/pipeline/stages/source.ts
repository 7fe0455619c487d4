import { openDataset } from "../../dataset/open.ts";
import type { DatasetRequest, DatasetSource } from "../../dataset/types.ts";
import type { StageContext } from "../stage.ts";
import { inputOf } from "./input.ts";

/** One dataset a process: listing it is the cost of opening it. */
let opened: { run: string; source: Promise<DatasetSource> } | undefined;

/** The dataset of the run, listed. */
export function openSource(context: StageContext): Promise<DatasetSource> {
  if (opened?.run !== context.run) {
    const { data, seed, location } = inputOf(context);
    const source = openDataset(context.dataset(location), { ...data, seed } as DatasetRequest);
    source.catch(() => (opened = undefined));
    opened = { run: context.run, source };
  }
  return opened.source;
}
