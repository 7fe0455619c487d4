import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** One project a kind of test. `npm test` runs `fast`; the others are run by name (see CONTRIBUTING.md). */
const project = (name: string, include: string[], minutes: number, options: Record<string, unknown> = {}) => ({
  test: {
    name,
    include,
    pool: "forks" as const,
    testTimeout: minutes * 60_000,
    hookTimeout: minutes * 60_000,
    ...options,
  },
});

export default defineConfig({
  test: {
    // Vitest leaves a core free; on two cores that is half of the machine.
    maxWorkers: "100%",
    projects: [
      project("fast", ["test/**/*.test.ts"], 1, {
        exclude: [
          "test/slow/**",
          "test/browser/**",
          "test/cloud/**",
          "test/native/**",
          "test/webgpu/**",
          "test/planted/**",
          "test/scale/**",
        ],
      }),
      project("slow", ["test/slow/**/*.test.ts"], 30, {
        fileParallelism: false,
        maxConcurrency: availableParallelism(),
      }),
      project("browser", ["test/browser/**/*.test.ts"], 5, { fileParallelism: false }),
      project("cloud", ["test/cloud/**/*.test.ts"], 20, { fileParallelism: false }),
      project("webgpu", ["test/webgpu/**/*.test.ts"], 10, { fileParallelism: false }),
      project("scale", ["test/scale/**/*.test.ts"], 15, { fileParallelism: false }),
      project("native", ["test/native/**/*.test.ts", "test/model/**/*.test.ts"], 20, {
        fileParallelism: false,
        env: { ERRATA_ENGINE: "tensorflow" },
      }),
      project("planted", ["test/planted/**/*.test.ts"], 15, { fileParallelism: false }),
    ],
  },
});
