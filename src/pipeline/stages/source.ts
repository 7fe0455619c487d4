import { openDataset } from "../../dataset/open.ts";
import type { DatasetRequest, DatasetSource } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import type { StageContext } from "../stage.ts";
import { inputOf } from "./input.ts";

/** One dataset a process: listing it is the cost of opening it. */
let opened: { run: string; source: Promise<DatasetSource> } | undefined;

/** The dataset of the run, listed. */
export function openSource(context: StageContext): Promise<DatasetSource> {
  if (opened?.run !== context.run) {
    const { data, seed, location, name } = inputOf(context);
    const source = openDataset(context.dataset(location), { ...data, seed } as DatasetRequest).catch((error) => {
      throw named(error, name);
    });
    source.catch(() => (opened = undefined));
    opened = { run: context.run, source };
  }
  return opened.source;
}

/** What a dataset's folder is called within itself. */
const ITSELF = ".";

/** The error with the dataset's name for a user to whom "." says nothing. */
export function named(error: unknown, dataset: string): unknown {
  if (!(error instanceof InputError) || error.file !== ITSELF) return error;
  const { field, remedy, message, cause } = error;
  const problem = message.slice(`${field ? `${ITSELF}: ${field}` : ITSELF}: `.length, -remedy.length - 1);
  return new InputError({ file: dataset, field, problem, remedy, cause });
}
