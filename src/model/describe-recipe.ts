import type { LayerSpec, Recipe } from "./types.ts";

/** One line for people: layers, optimizer, loss, length of training. */
export function describeRecipe({ architecture, compile, fit, input }: Recipe): string {
  const { optimizer, loss } = compile;
  const parts = [
    `${input.size.join(" x ")} x ${input.channels}: ${architecture.map(layerWord).filter(Boolean).join(" - ")}`,
    `${optimizer.name} at ${optimizer.learningRate}`,
    loss,
    `${fit.epochs} epochs of batches of ${fit.batchSize}`,
  ];
  const changes = Object.entries(fit.augmentation ?? {}).filter(([, strength]) => strength);
  if (changes.length > 0) parts.push(`augmented by ${changes.map(([name]) => name).join(", ")}`);
  if (fit.classWeight) parts.push("weighted classes");
  return parts.join("; ");
}

/** Names that are shorter in a row of layers. Activations and flattening go without saying. */
const WORDS: Record<string, string> = {
  maxPooling2d: "pool",
  averagePooling2d: "average pool",
  globalAveragePooling2d: "global average",
  globalMaxPooling2d: "global max",
  batchNormalization: "batch norm",
  flatten: "",
  activation: "",
};

function layerWord(layer: LayerSpec): string {
  const [name, config] = Object.entries(layer)[0];
  const word = WORDS[name] ?? name.replace(/2d(?=$|T)/, "");
  const size = config.filters ?? config.units ?? config.rate ?? config.with;
  return size === undefined ? word : `${word} ${size}`;
}
