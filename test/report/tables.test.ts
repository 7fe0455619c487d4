import { tableFromIPC } from "apache-arrow";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { csvBlocks, TABLES, tableArrow, tableCsv } from "../../src/report/tables.ts";
import { bundleFixture, HOSTILE } from "./fixture.ts";

const { tables } = await bundleFixture({ classes: 100, thumbnails: false });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const rowsOf = (name: (typeof TABLES)[number]): Record<string, string>[] =>
  parse(tableCsv(tables, name), { columns: true });

describe("tables as CSV", () => {
  it("have the columns that notebooks expect, flags as Python writes them", () => {
    expect(text(tableCsv(tables, "label_issues")).split("\n")[0]).toBe(
      "file,split,is_label_issue,label_score,given_label,predicted_label",
    );
    const rows = rowsOf("label_issues");
    expect(rows).toHaveLength(60);
    expect(rows[0].is_label_issue).toBe("True");
    expect(rows[59].is_label_issue).toBe("False");
    expect(Number(rows[30].label_score)).toBeCloseTo(0.5);
  });

  it("give each cause a column of errors, negative figures as figures", () => {
    const rows = rowsOf("errors");
    expect(Object.keys(rows[0])).toEqual([
      "file",
      "split",
      "label",
      "predicted",
      "probability",
      "errorRate",
      "ambiguity",
      "label-noise",
      "coverage-gap",
    ]);
    expect(rows[0]["label-noise"]).toBe("-0.2");
  });

  it("keep names whole through quotes, commas and line breaks", () => {
    const odd = `a "quoted", name\nin two lines.png`;
    const changed = { ...tables, slices: [{ ...tables.slices[0], slice: odd }] };
    expect(parse(tableCsv(changed, "slices"), { columns: true })).toMatchObject([{ slice: odd, train: "3" }]);
  });

  it.each(["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])("do not let a spreadsheet run %j", (name) => {
    const changed = { ...tables, duplicates: [{ ...tables.duplicates[0], file: name, label: HOSTILE.formula }] };
    const [row] = parse(tableCsv(changed, "duplicates"), { columns: true }) as Record<string, string>[];
    expect(row.file).toBe(`'${name}`);
    expect(row.label).toBe(`'${HOSTILE.formula}`);
  });

  it("have a header where there are no rows", () => {
    const empty = { errors: [], label_issues: [], duplicates: [], slices: [] };
    for (const name of TABLES) {
      expect(text(tableCsv(empty, name)).trim().split("\n")).toHaveLength(1);
      expect(tableFromIPC(tableArrow(empty, name)).numRows).toBe(0);
    }
  });
});

describe("tables as Arrow", () => {
  it("hold what the rows hold, names unchanged", () => {
    const table = tableFromIPC(tableArrow(tables, "errors"));
    expect(table.schema.fields.map(({ name }) => name)).toEqual([
      "file",
      "split",
      "label",
      "predicted",
      "probability",
      "errorRate",
      "ambiguity",
      "label-noise",
      "coverage-gap",
    ]);
    expect(table.numRows).toBe(tables.errors.length);
    const third = table.get(3)!.toJSON();
    const { causes, ...own } = tables.errors[3];
    expect(third).toEqual({ ...own, ...causes });
    expect(table.get(2)!.toJSON().file).toBe(tables.errors[2].file);
  });

  it("have flags and whole numbers as such", () => {
    expect(tableFromIPC(tableArrow(tables, "label_issues")).get(0)!.toJSON().is_label_issue).toBe(true);
    expect(tableFromIPC(tableArrow(tables, "slices")).schema.fields.map(({ type }) => String(type))).toEqual([
      "Utf8",
      "Int32",
      "Int32",
      "Float64",
      "Float64",
    ]);
  });

  it("leave empty what a row does not say of a cause", () => {
    const changed = { ...tables, errors: [{ ...tables.errors[0], causes: {} }, tables.errors[1]] };
    expect(tableFromIPC(tableArrow(changed, "errors")).get(0)!.toJSON()["label-noise"]).toBeNull();
  });
});

it("writes two hundred thousand rows in blocks, the same in both forms", () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => ({ ...tables.label_issues[i % 60], file: `image-${i}.png` }));
  const many = { ...tables, label_issues: rows };
  let [blocks, lines] = [0, -1];
  for (const block of csvBlocks(many, "label_issues")) {
    blocks++;
    lines += text(block).split("\n").length - 1;
  }
  expect(blocks).toBeGreaterThan(10);
  expect(lines).toBe(rows.length);
  const table = tableFromIPC(tableArrow(many, "label_issues"));
  expect(table.numRows).toBe(rows.length);
  expect(table.get(199_999)!.toJSON().file).toBe("image-199999.png");
});
