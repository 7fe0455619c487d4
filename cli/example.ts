import { join } from "node:path";
import { SingleBar } from "cli-progress";
import type { OnDrawn } from "../examples/folder.ts";
import { writeSegmentation } from "../examples/segmentation/scenes.ts";
import { writeTabletop } from "../examples/tabletop/scenes.ts";
import { InputError } from "../src/errors.ts";
import { type AuditOptions, audit } from "./audit.ts";
import { inputFor } from "./audit-request.ts";

/** `errata example tabletop` or `segmentation`: draws the scenes (once) and audits them. */
export async function runExample(name: string, options: AuditOptions & { views?: string }): Promise<void> {
  if (name === "segmentation") return runSegmentation(options);
  if (name !== "tabletop")
    throw new InputError({
      file: name,
      problem: "There is no example of that name.",
      remedy: "Use: errata example tabletop, or errata example segmentation.",
    });
  const views = options.views === "all" ? "all" : "front";
  const title = views === "front" ? "tabletop" : "tabletop-all-views";
  const folder = join("errata-out", ".examples", title);
  process.stderr.write(
    `Drawing mugs and plates, ${views === "front" ? "seen from the front in training and from all around in the test" : "seen from all around in training and test"}...\n`,
  );
  await counted((onDrawn) => writeTabletop(folder, { trainViews: views }, onDrawn));
  const input = await inputFor(join(folder, "errata.json"), { effort: "quick", ...options });
  await audit({ ...input, name: title }, options);
}

async function runSegmentation(options: AuditOptions): Promise<void> {
  const folder = join("errata-out", ".examples", "segmentation");
  process.stderr.write("Drawing mugs and plates anywhere in the image, with their masks...\n");
  await counted((onDrawn) => writeSegmentation(folder, {}, onDrawn));
  const input = await inputFor(join(folder, "errata.json"), { effort: "quick", ...options });
  await audit({ ...input, name: "segmentation" }, options);
}

/** Shows how many images are drawn: a line that counts, or a line every few seconds where this is no terminal. */
async function counted(draw: (onDrawn: OnDrawn) => Promise<unknown>): Promise<void> {
  const bar = new SingleBar({
    format: "{value} of {total} images drawn",
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    linewrap: true,
  });
  try {
    await draw((done, of) => (done === 1 ? bar.start(of, done) : bar.update(done)));
  } finally {
    bar.stop();
  }
}
