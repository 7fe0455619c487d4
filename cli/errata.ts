import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { TASKS } from "../src/dataset/types.ts";
import { InputError } from "../src/errors.ts";

/** Exit codes: 0 done, 1 failed (or a gate that did not pass), 2 bad input, 130 interrupted. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

const integer = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("It must be a whole number.");
  return value;
};

const seed = (text: string): number => {
  const value = integer(text);
  if (value < 0 || value > 0x7fffffff) throw new InvalidArgumentError("It must be from 0 to 2147483647.");
  return value;
};

const atLeastOne = (text: string): number => {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return value;
};

const fraction = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError("It must be a number from 0 to 1.");
  return value;
};

/** Commands load their code when they are run, so that `--help` is instant. */
export function program(): Command {
  const errata = new Command("errata")
    .description("Says why an image model is wrong, and proves it by retraining.")
    .version("0.1.0")
    .exitOverride()
    .showHelpAfterError("(errata --help shows what there is)");
  const audit = (command: Command) =>
    command
      .addOption(new Option("--effort <effort>", "what may be spent").choices(["quick", "standard", "thorough"]))
      .addOption(
        new Option("--engine <engine>", "where models are trained").choices(["auto", "tensorflow", "wasm", "webgpu"]),
      )
      .option("--seed <number>", "seed of every random choice", seed)
      .option("--workers <number>", "worker processes (default: one a core)", atLeastOne)
      .option("--out <folder>", "where the report goes (default: errata-out/<dataset>)")
      .option("--json", "print report.json on stdout and nothing else");

  audit(errata.command("audit").description("audit a dataset with the recipe, model or predictions that you use"))
    .argument(
      "<dataset>",
      "image folder, images with masks, manifest (csv, jsonl), archive (tar, tar.gz, npz), IDX folder, or errata.json",
    )
    .addOption(
      new Option("--task <task>", "what is audited (default: as errata.json says, or classification)").choices(TASKS),
    )
    .addOption(
      new Option("--recipe <file>", "training recipe: Keras Sequential JSON or Errata's short form").conflicts([
        "model",
        "predictions",
      ]),
    )
    .addOption(
      new Option("--model <path>", "saved model: a tfjs folder or an .onnx file").conflicts(["recipe", "predictions"]),
    )
    .addOption(
      new Option(
        "--predictions <path>",
        "predicted probabilities: .npy or .csv; of masks a folder of images",
      ).conflicts(["recipe", "model"]),
    )
    .action(async (dataset, options) => (await import("./audit.ts")).runAudit(dataset, options));

  audit(errata.command("example").description("draw one of the worked examples and audit it"))
    .argument("<name>", "tabletop or segmentation")
    .option("--views <views>", "viewpoints in training: front or all", "front")
    .action(async (name, options) => (await import("./example.ts")).runExample(name, options));

  errata
    .command("init")
    .description("write an errata.json by looking at a folder")
    .argument("<folder>")
    .option("--force", "replace an errata.json that is there")
    .action(async (folder, options) => (await import("./init.ts")).runInit(folder, options));

  errata
    .command("report")
    .description("print or open a finished report")
    .argument("<report>", "the report's folder, or its report.json")
    .option("--open", "open the page in a browser")
    .option("--json", "print report.json")
    .action(async (path, options) => (await import("./report.ts")).runReport(path, options));

  errata
    .command("labels")
    .description("find wrong labels from arrays alone")
    .requiredOption("--labels <file>", "given labels, .npy [images]")
    .requiredOption("--pred-probs <file>", "out-of-sample probabilities, .npy [images, classes]")
    .option("--out <file>", "where the table goes", "label_issues.csv")
    .action(async (options) => {
      await (await import("./labels.ts")).runLabels(options);
    });

  errata
    .command("gate")
    .description("fail a build whose report crosses a line")
    .argument("<report>", "report.json")
    .option(
      "--fail-on <condition>",
      "a cause, or cause>share: label-noise>0.05; may be given several times",
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option("--min-accuracy <fraction>", "least accuracy of the baseline", fraction)
    .option(
      "--min-mean-iou <fraction>",
      "of masks: least mean IoU of the baseline, the background counted in",
      fraction,
    )
    .option("--strict", "judge by the unfavourable end of each interval")
    .option("--markdown <file>", "write the summary there instead of printing it")
    .action(async (report, options) => {
      process.exitCode = await (await import("./gate.ts")).runGate(report, options);
    });

  const team = (command: Command) =>
    command.requiredOption("--team <team>", "whose deployment: the stack errata-<team> of this account and region");

  team(errata.command("submit").description("upload a dataset to the team's bucket and have it audited there"))
    .argument("<dataset>", "image folder, its errata.json, or an archive (tar, tar.gz, npz)")
    .option("--name <name>", "the dataset's name in the bucket (default: the folder's)")
    .option("--delete", "delete what the bucket holds of the dataset and the folder does not")
    .option("--json", "print the run's name as JSON")
    .action(async (path, options) => (await import("./submit.ts")).runSubmit(path, options));

  team(errata.command("estimate").description("say what an audit in the cloud costs, and what an idle month does"))
    .argument("<dataset>", "image folder, its errata.json, or an archive (tar, tar.gz, npz)")
    .option("--json", "print it as JSON")
    .action(async (path, options) => (await import("./estimate.ts")).runEstimate(path, options));

  team(errata.command("status").description("say where a run in the cloud stands, and why nothing moves"))
    .argument("<run>", "what errata submit printed")
    .option("--watch", "go on until the run is over")
    .option("--json", "print it as JSON")
    .action(async (run, options) => {
      process.exitCode = await (await import("./status.ts")).runStatus(run, options);
    });
  return errata;
}

/** Runs a command and turns what went wrong into words and an exit code. */
export async function main(argv: string[]): Promise<void> {
  try {
    await program().parseAsync(argv, { from: "user" });
  } catch (error) {
    process.exitCode = explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  if (error instanceof InputError) {
    process.stderr.write(`errata: ${error.message}\n`);
    return EXIT.badInput;
  }
  if (error instanceof Error && error.name === "AbortError") {
    process.stderr.write("Stopped. The same command goes on from here.\n");
    return EXIT.interrupted;
  }
  process.stderr.write(
    `errata: ${error instanceof Error ? (process.env.ERRATA_DEBUG ? error.stack : error.message) : String(error)}\n`,
  );
  return EXIT.failed;
}

await main(process.argv.slice(2));
