/** Imports go down the house's floors only: a module may import from its own floor's folder and from floors below it. */
const floors = [
  ["src/stats", "src/image"],
  ["src/dataset", "src/engine"],
  ["src/model"],
  ["src/causes"],
  ["src/audit"],
  ["src/report", "src/pipeline"],
  ["src/platform"],
  ["examples"],
  ["functions", "cli", "infra"],
];

const upward = floors.flatMap((floor, level) =>
  floor.map((folder) => ({
    name: `floors: ${folder} imports only from below`,
    severity: "error",
    from: { path: `^${folder}/` },
    to: {
      path: floors
        .slice(level)
        .flat()
        .filter((other) => other !== folder && !(folder === "src/pipeline" && other === "src/report"))
        .map((other) => `^${other}/`),
    },
  })),
);

module.exports = {
  forbidden: [
    {
      name: "no cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "causes and stats know nothing of AWS, files or pages",
      severity: "error",
      from: { path: "^src/(causes|stats)/" },
      to: { path: ["^node_modules/@aws-sdk", "^(node:)?fs", "^src/(report|platform|pipeline)/"] },
    },
    ...upward,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      conditionNames: ["import", "require", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};
