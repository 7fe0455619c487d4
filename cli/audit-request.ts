import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { readRequest } from "../src/dataset/request.ts";
import type { Task } from "../src/dataset/types.ts";
import { InputError } from "../src/errors.ts";
import type { AuditInput } from "../src/pipeline/stages/input.ts";

const REQUEST_FILE = "errata.json";

/** What of the command line says what is audited. */
export interface RequestOptions {
  task?: Task;
  recipe?: string;
  model?: string;
  predictions?: string;
  effort?: AuditInput["effort"];
  engine?: AuditInput["engine"];
  seed?: number;
}

/** What the stages are told, from the command line or from an errata.json; the command line wins. */
export async function inputFor(dataset: string, options: RequestOptions): Promise<AuditInput> {
  const named = resolve(dataset);
  const there = await stat(named).catch((cause) => {
    throw new InputError({
      file: dataset,
      problem: "There is nothing there.",
      remedy: "Name an image folder, a manifest, an archive or an errata.json.",
      cause,
    });
  });
  // A folder's own errata.json is what it is to be audited by, here as in the cloud.
  const inside = there.isDirectory() && (await stat(join(named, REQUEST_FILE)).catch(() => undefined))?.isFile();
  const path = inside ? join(named, REQUEST_FILE) : named;
  const isRequest =
    basename(path) === REQUEST_FILE || (there.isFile() && path.endsWith(".json") && options.task !== "segmentation");
  const file = inside ? join(dataset, REQUEST_FILE) : dataset;
  const asked = isRequest ? readRequest(await readFile(path, "utf8"), file) : undefined;
  const task = options.task ?? asked?.task;
  const location = isRequest || there.isFile() ? dirname(path) : path;
  const within = asked ? asked.data.path : there.isFile() ? basename(path) : ".";
  const near = (file: string | undefined) => (file === undefined ? undefined : resolve(location, file));
  const given = asked?.subject as
    | { recipe?: string; model?: string; predictions?: string; input?: unknown }
    | undefined;
  const subject = options.recipe ?? options.model ?? options.predictions;
  const name = basename(isRequest && within === "." ? location : resolve(location, within)).replace(
    /\.(csv|jsonl|json|npz|tar|tgz|tar\.gz)$/i,
    "",
  );
  return {
    name: name || "dataset",
    location,
    ...(task === "segmentation" ? { task } : {}),
    data: { ...(asked?.data ?? {}), path: within },
    subject: await subjectFor(
      subject
        ? {
            recipe: options.recipe && resolve(options.recipe),
            model: options.model && resolve(options.model),
            predictions: options.predictions && resolve(options.predictions),
          }
        : { recipe: near(given?.recipe), model: near(given?.model), predictions: near(given?.predictions) },
      given?.input,
    ),
    effort: options.effort ?? asked?.effort ?? "standard",
    seed: options.seed ?? asked?.seed ?? 7,
    engine: options.engine ?? "auto",
    deadlineMinutes: asked?.deadlineMinutes,
    startedAt: Date.now(),
  };
}

async function subjectFor(
  paths: { recipe?: string; model?: string; predictions?: string },
  input: unknown,
): Promise<AuditInput["subject"]> {
  const path = paths.recipe ?? paths.model ?? paths.predictions;
  if (path === undefined) return { kind: "default" };
  const shown = relative(process.cwd(), path);
  const kind = await stat(path).catch((cause) => {
    throw new InputError({
      file: shown,
      problem: "There is no such file.",
      remedy: "Check the path of the recipe, model or predictions.",
      cause,
    });
  });
  if (paths.model && kind.isFile() && !/\.onnx$|(^|[\\/])model\.json$/i.test(paths.model))
    throw new InputError({
      file: shown,
      problem: "This is no model that can be read.",
      remedy: "Give an .onnx file, or the folder that TensorFlow.js saved a model in (with its model.json).",
    });
  if (paths.recipe) return { kind: "recipe", file: shown, recipe: await readRecipeFile(paths.recipe, shown) };
  if (paths.model) return { kind: "model", location: dirname(path), path: basename(path), input };
  return { kind: "predictions", location: dirname(path), path: basename(path) };
}

async function readRecipeFile(path: string, shown: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new InputError({
      file: shown,
      problem: `It is not JSON: ${(cause as Error).message}.`,
      remedy:
        "Give a recipe as JSON: an object with architecture, compile and fit, or what Keras' model.to_json() wrote.",
      cause,
    });
  }
}
