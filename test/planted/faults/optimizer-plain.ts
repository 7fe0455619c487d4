import type { Fault } from "../types.ts";

/** DeepCrime's changed optimizer: plain gradient descent at the rate that was right for Adam. */
export const optimizerPlain: Fault = {
  id: "optimizer-plain",
  cause: "learning-rate",
  accepted: ["training-length"],
  family: "optimisation",
  says: "the rate fits another optimizer: it is too low for this one, which more epochs make up for",
  strengths: { tune: ["sgd"], final: ["sgd", "adagrad"] },
  plant({ data, recipe }, strength) {
    const { learningRate } = recipe.compile.optimizer;
    const optimizer = {
      name: String(strength),
      learningRate: strength === "adagrad" ? learningRate / 2 : learningRate,
    };
    return { data, recipe: { ...recipe, compile: { ...recipe.compile, optimizer } } };
  },
};
