/** Charts as inline SVG, drawn when the report is written: the page needs no script for them. */
export { recallChart } from "./charts/classes.ts";
export { experimentChart, gainsChart, seedChurn, sharesChart } from "./charts/proof.ts";
export type { Chart } from "./charts/svg.ts";
export { learningCurveChart, trainingCharts } from "./charts/training.ts";
