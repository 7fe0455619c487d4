import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { resultsPage } from "./markdown.ts";
import { summarise } from "./summary.ts";

const results = new URL("../../bench/results/", import.meta.url);

it("publishes a summary and a page that are made of the published cases", async () => {
  const { about, summary, cases } = JSON.parse(await readFile(new URL("planted.json", results), "utf8"));
  expect(JSON.parse(JSON.stringify(summarise(cases)))).toEqual(summary);
  expect(resultsPage(cases, summary, about)).toBe(await readFile(new URL("planted.md", results), "utf8"));
});
