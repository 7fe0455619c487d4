import { expect, it } from "vitest";
import { ALL_CAUSES } from "../../src/causes/index.ts";
import { CAUSES } from "../../src/causes/types.ts";

it("every cause that a report may name is looked for, once", () => {
  expect(ALL_CAUSES.map(({ id }) => id).sort()).toEqual([...CAUSES].sort());
});
