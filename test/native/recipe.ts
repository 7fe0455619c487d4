import { createHash } from "node:crypto";
import { nativeOptimizer, registerNativeKernels } from "../../src/engine/native-kernels/index.ts";
import { openEngine } from "../../src/engine/open.ts";
import type { Engine } from "../../src/engine/types.ts";

export const OPTIONS = {
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  rho: 0.9,
  momentum: 0,
  initialAccumulatorValue: 0.1,
  nesterov: false,
  centered: false,
};

/** The native engine, or an error that says to run `npm run native`. */
export async function openNative(): Promise<Engine> {
  const engine = await openEngine("tensorflow");
  registerNativeKernels(engine.tf);
  return engine;
}

/** A small network with every usual kind of layer, its first weights fixed. */
export function smallNetwork({ layers: L }: Engine) {
  const init = (seed: number) => L.initializers.heNormal({ seed });
  const conv = (filters: number, seed: number) =>
    L.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", kernelInitializer: init(seed) });
  const depthwise = { kernelSize: 3, padding: "same", depthwiseInitializer: init(2) } as const;
  const separable = { filters: 8, kernelSize: 3, depthwiseInitializer: init(5), pointwiseInitializer: init(6) };
  return L.sequential({
    layers: [
      L.layers.inputLayer({ inputShape: [16, 16, 3] }),
      conv(8, 1),
      L.layers.batchNormalization(),
      L.layers.maxPooling2d({ poolSize: 2 }),
      L.layers.depthwiseConv2d(depthwise),
      L.layers.reLU({ maxValue: 6 }),
      L.layers.averagePooling2d({ poolSize: 2, padding: "same" }),
      conv(8, 3),
      L.layers.separableConv2d(separable),
      L.layers.leakyReLU(),
      L.layers.maxPooling2d({ poolSize: 2, strides: 1, padding: "same" }),
      L.layers.flatten(),
      L.layers.dropout({ rate: 0.2, seed: 11 }),
      L.layers.dense({ units: 16, activation: "elu", kernelInitializer: init(7) }),
      L.layers.dense({ units: 4, kernelInitializer: init(8) }),
    ],
  });
}

/** Trains on fixed data and returns the losses and a digest of the weights. */
export function train(engine: Engine, steps: number, optimizer = "adam"): { losses: number[]; digest: string } {
  const { tf } = engine;
  const model = smallNetwork(engine);
  const variables = model.trainableWeights.map((weight) => weight.read() as ReturnType<typeof tf.variable>);
  const stepper = nativeOptimizer(tf, optimizer, OPTIONS, variables)!;
  const x = tf.randomUniform([32, 16, 16, 3], 0, 1, "float32", 7);
  const y = tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: 32 }, (_, i) => i % 4),
        "int32",
      ),
      4,
    ),
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    tf.tidy(() => {
      const loss = () =>
        tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as typeof x) as ReturnType<
          typeof tf.scalar
        >;
      const { value, grads } = tf.variableGrads(loss, variables);
      stepper.applyGradients(grads);
      losses.push(value.dataSync()[0]);
    });
  const hash = createHash("sha256");
  for (const weight of model.getWeights()) hash.update(Buffer.from(weight.dataSync().slice().buffer));
  tf.dispose([x, y]);
  stepper.dispose();
  model.dispose();
  return { losses, digest: hash.digest("hex") };
}
