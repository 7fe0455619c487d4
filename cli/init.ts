import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { proposeRequest } from "../src/dataset/init.ts";
import { InputError } from "../src/errors.ts";
import { openFiles } from "../src/platform/local/files.ts";

/** `errata init`: looks at a folder and writes the errata.json that fits it. */
export async function runInit(folder: string, { force = false }: { force?: boolean }): Promise<void> {
  const target = join(folder, "errata.json");
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (exists && !force)
    throw new InputError({ file: target, problem: "It is there already.", remedy: "Give --force to replace it." });
  const { request, found } = await proposeRequest(openFiles(folder));
  await writeFile(target, `${JSON.stringify(request, null, 2)}\n`);
  process.stdout.write(
    `${found.map((line) => `  ${line}`).join("\n")}\nWrote ${target}. Audit it with: npx errata audit ${target}\n`,
  );
}
