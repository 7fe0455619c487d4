import { isConvolution, kernelPlaces, type Passed } from "./layers.ts";

/** Where a layer's weights start from, as a recipe says it. */
export interface Start {
  /** Standard deviation of the initial weights; 0 where all are alike. */
  spread: number;
  /** That of He et al. (2015), sqrt(2 / inputs): with it signals keep their size from layer to layer. */
  usual: number;
}

/** The start of a layer with weights whose initializer has a size of its own; what is scaled by the layer's size is usual. */
export function startOf({ name, config, input }: Passed): Start | undefined {
  if (!isConvolution(name) && name !== "dense") return undefined;
  const spread = spreadOf(config.kernelInitializer);
  if (spread === undefined) return undefined;
  return { spread, usual: Math.sqrt(2 / (kernelPlaces(config) * input.at(-1)!)) };
}

/** tfjs' and Keras' names and defaults. */
function spreadOf(initializer: unknown): number | undefined {
  if (typeof initializer === "string") return spreadOf({ className: initializer });
  if (!initializer || typeof initializer !== "object") return undefined;
  const { className = "", config = {} } = initializer as { className?: string; config?: Record<string, unknown> };
  const of = (field: string, standard: number) => Number(config[field] ?? standard);
  switch (className.replace(/_/g, "").toLowerCase()) {
    case "zeros":
    case "ones":
    case "constant":
      return 0;
    case "randomnormal":
    case "truncatednormal":
      return of("stddev", 0.05);
    case "randomuniform":
      return (of("maxval", 0.05) - of("minval", -0.05)) / Math.sqrt(12);
    default:
      return undefined;
  }
}
