import type { LayerSpec } from "../../../src/model/types.ts";
import type { Fault } from "../types.ts";

/** The article's third example: the encoder of the sound recipe, then flattened, and a dense output for every pixel and class. */
export const masksDenseHead: Fault = {
  id: "masks-dense-head",
  cause: "task-mismatch",
  accepted: [],
  family: "task",
  says: "a network for whole images that is made to segment: no other change brings back the layout that it throws away",
  strengths: { tune: [64], final: [80] },
  bases: ["masks"],
  plant({ data, recipe }, strength) {
    const { height, width } = data.shape;
    const up = recipe.architecture.findIndex((layer) => "upSampling2d" in layer);
    const architecture: LayerSpec[] = [
      ...recipe.architecture.slice(0, up),
      { flatten: {} },
      { dense: { units: Number(strength), activation: "relu" } },
      { dense: { units: height * width * data.classes.length } },
      { reshape: { targetShape: [height, width, "classes"] } },
      { activation: { activation: "softmax" } },
    ];
    return { data, recipe: { ...recipe, architecture } };
  },
};
