import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { judgeGate, parseCondition } from "../../src/report/gate.ts";
import { markdownSummary } from "../../src/report/markdown.ts";
import { classColour, ERROR_COLOURS, type MaskPictures, maskPictures } from "../../src/report/mask-pictures.ts";
import { renderPage } from "../../src/report/page/page.ts";
import { parseReport, reportText } from "../../src/report/parse.ts";
import type { Report, ReportBundle } from "../../src/report/schema.ts";
import { summaryText } from "../../src/report/summary.ts";
import { tableCsv } from "../../src/report/tables.ts";
import { MASK_ERRORS } from "../../src/stats/mask-errors.ts";
import { bundleFixture } from "./fixture.ts";
import { DOUBTED_IN_TRAINING, maskedFixture } from "./masked-fixture.ts";

let bundle: ReportBundle;
let pictures: Record<string, MaskPictures>;
let page: string;
beforeAll(async () => {
  bundle = await maskedFixture();
  pictures = await maskPictures(bundle);
  page = renderPage(bundle, pictures);
});

const visible = (markup: string) => markup.replace(/<(style|script)[\s\S]*?<\/\1>/g, "");

describe("pictures of masks", () => {
  it("have the mask's pixels in the class's colour, and the background clear", async () => {
    const [file, { truth }] = Object.entries(bundle.masks!)[1];
    const { data, info } = await sharp(pictures[file].truth).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.height, info.width]).toEqual([truth.height, truth.width]);
    truth.values.forEach((k, i) => {
      const [red, green, blue, opacity] = data.subarray(4 * i, 4 * i + 4);
      if (k === 0) expect(opacity).toBe(0);
      else expect(`#${Buffer.from([red, green, blue]).toString("hex")}`).toBe(classColour(k));
    });
  });

  it("have each kind of error in its colour", async () => {
    const [file, { errors = new Uint8Array(0) }] = Object.entries(bundle.masks!)[3];
    const data = await sharp(pictures[file].errors).ensureAlpha().raw().toBuffer();
    const seen = new Set<number>();
    errors.forEach((kind, i) => {
      seen.add(kind);
      if (kind > 0) expect(`#${data.subarray(4 * i, 4 * i + 3).toString("hex")}`).toBe(ERROR_COLOURS[kind - 1]);
      else expect(data[4 * i + 3]).toBe(0);
    });
    expect(seen.size).toBeGreaterThan(2);
  });

  it("have a colour of its own for each of a dozen classes", () => {
    expect(new Set(Array.from({ length: 12 }, (_, k) => classColour(k + 1))).size).toBe(12);
  });
});

describe("the page of a segmentation", () => {
  it("never speaks of accuracy, of which masks have none", () => {
    const confirmed = { ...bundle, report: { ...bundle.report, causes: bundle.report.causes.slice(0, 1) } };
    for (const said of [
      visible(renderPage(confirmed, pictures)),
      markdownSummary(confirmed.report),
      summaryText(confirmed.report),
    ])
      expect(said).not.toMatch(/accura|recognised|confusion|calibration/i);
  });

  it("shows IoU, Dice and boundary F-score of each class, and every kind of error", () => {
    for (const { class: name, iou } of bundle.report.segmentation!.perClass) {
      expect(page).toContain(`<bdi>${name}</bdi>`);
      expect(page).toContain(`<b>${iou!.value.toFixed(2)}</b>`);
    }
    for (const kind of MASK_ERRORS) expect(page.toLowerCase()).toContain(kind);
    expect(page).toContain("Boundary F, 95 %");
  });

  it("draws errors, truth and prediction of the worst images first, each with a text in its place", () => {
    const { worst } = bundle.report.segmentation!;
    const section = page.slice(page.indexOf('id="worst"'));
    const files = [...section.matchAll(/Wrong pixels of ([^:]+):/g)].map(([, file]) => file);
    expect(files.slice(1, 4)).toEqual(worst.slice(1, 4).map(({ file }) => file));
    for (const [img] of page.matchAll(/<img class="layer drawn[^>]*>/g)) expect(img).toMatch(/ alt="[^"]{8,}"/);
  });

  it("frames the region in doubt, and says where it is", () => {
    expect(page).toMatch(/<svg class="frame"[^>]*viewBox="0 0 48 48"[^>]*><rect x="38" y="0" width="10" height="8"/);
    expect(page).toContain("Most in doubt: rows 0 to 8, columns 38 to 48.");
  });

  it("shows a doubted training image with its given mask, framed, and no prediction, of which none is kept", () => {
    const section = page.slice(page.indexOf('id="labels"'));
    const name = section.indexOf(`title="${DOUBTED_IN_TRAINING}"`);
    const card = section.slice(section.lastIndexOf("<li><figure>", name), name);
    const named = [...card.matchAll(/class="panel-name">([^<]+)/g)].map(([, each]) => each);
    expect(named).toEqual(["Image", "Given"]);
    expect(card.match(/<rect x="6" y="4" width="24" height="16"\/>/g)).toHaveLength(2);
    expect(card).toContain(`Given mask of ${DOUBTED_IN_TRAINING}. Most in doubt: rows 4 to 20, columns 6 to 30.`);
    expect(section).toContain("Where the given mask stands alone the audit trained on the image");
    expect(Object.keys(pictures[DOUBTED_IN_TRAINING])).toEqual(["truth"]);
  });

  it("shows truth beside the mask before and after the fix, with the cause that is confirmed", () => {
    const card = page.slice(page.indexOf('id="cause-task-mismatch"'), page.indexOf('id="masks"'));
    expect(card).toContain("Masks before and after");
    expect(card.match(/ after the fix"/g)).toHaveLength(6);
    const without = {
      ...bundle,
      masks: Object.fromEntries(Object.entries(bundle.masks!).map(([file, { after: _, ...rest }]) => [file, rest])),
    };
    const drawn = Object.fromEntries(Object.entries(pictures).map(([file, { after: _, ...rest }]) => [file, rest]));
    expect(renderPage(without, drawn)).not.toContain("Masks before and after");
  });

  it("shows each class before and after the fix with the cause that is confirmed, and in the summary", () => {
    const { after } = bundle.report.segmentation!;
    const card = page.slice(page.indexOf('id="cause-task-mismatch"'), page.indexOf('id="masks"'));
    const table = card.slice(card.indexOf("Before and after, by class"));
    expect(table).toContain("With task mismatch put right");
    const rows = markdownSummary(bundle.report).split("\n");
    after!.perClass.forEach(({ class: name, iou }, k) => {
      const [was, is] = [after!.before.perClass[k].iou!, iou!].map(({ value }) => value.toFixed(2));
      const row = table.slice(table.indexOf(`<bdi>${name}</bdi>`));
      expect([...row.matchAll(/<b>([\d.]+)<\/b>/g)].slice(0, 2).map(([, value]) => value)).toEqual([was, is]);
      expect(rows.some((line) => line.startsWith(`| ${name} | ${was} (`) && line.includes(`→ ${is} (`))).toBe(true);
    });
    const { after: _, ...unfixed } = bundle.report.segmentation!;
    const without = { ...bundle.report, segmentation: unfixed };
    expect(renderPage({ ...bundle, report: without }, pictures)).not.toContain("Before and after, by class");
    expect(markdownSummary(without)).not.toContain("→");
  });

  it("leaves pictures out where a page would grow too large, and lists the files", () => {
    const huge = new Uint8Array(200_000);
    const large = Object.fromEntries(
      Object.keys(pictures).map((file) => [file, { truth: huge, predicted: huge, errors: huge }]),
    );
    expect(renderPage(bundle, large).length).toBeLessThan(3_000_000);
  });
});

describe("tables and summaries of a segmentation", () => {
  it("have what was measured of each mask in the place of labels", () => {
    const [header, first] = Buffer.from(tableCsv(bundle.tables, "errors")).toString().split("\n");
    expect(header).toBe(
      "file,split,iou,boundary_f,errorRate,missed_object_pixels,false_object_pixels,wrong_class_pixels,boundary_pixels,inside_pixels,task-mismatch",
    );
    const { errors } = bundle.tables.errors[0].mask!;
    expect(first.split(",").slice(-6, -1).map(Number)).toEqual(errors);
    expect(Buffer.from(tableCsv(bundle.tables, "label_issues")).toString()).toMatch(/predicted_label,region\n/);
  });

  it("are as they were for a classification", async () => {
    const { tables } = await bundleFixture({ thumbnails: false });
    expect(Buffer.from(tableCsv(tables, "label_issues")).toString()).toMatch(/predicted_label\n/);
    expect(Buffer.from(tableCsv(tables, "errors")).toString()).toMatch(
      /^file,split,label,predicted,probability,errorRate/,
    );
  });

  it("give the foreground's IoU and each class's", () => {
    const { foregroundIou } = bundle.report.segmentation!;
    expect(markdownSummary(bundle.report)).toContain(`| Foreground IoU | ${foregroundIou.value.toFixed(2)} |`);
    expect(markdownSummary(bundle.report)).toContain("| mug |");
    expect(summaryText(bundle.report)).toContain(`Foreground IoU ${foregroundIou.value.toFixed(2)}`);
  });
});

describe("report.json of a segmentation", () => {
  it("reads back what was written", () => {
    expect(parseReport(reportText(bundle.report), "report.json")).toEqual(bundle.report);
  });

  it.each([
    ["segmentation", (report: Report) => ({ ...report, segmentation: undefined })],
    ["baseline.accuracy", (report: Report) => ({ ...report, dataset: { ...report.dataset, task: "classification" } })],
  ])("lacks nothing that its task asks for: %s", (field, broken) => {
    const read = () => parseReport(JSON.stringify(broken(bundle.report)), "report.json");
    expect(read).toThrow(InputError);
    expect(read).toThrow(field);
  });

  it("does not pass a gate that asks for an accuracy", () => {
    const asked = judgeGate(bundle.report, { conditions: [parseCondition("label-noise>0.5")], minAccuracy: 0.1 });
    expect(asked).toMatchObject({ passed: false, reasons: [expect.stringContaining("no accuracy")] });
  });

  it("is held to a least mean IoU, and to the lower end of its interval where that is asked", async () => {
    const { value, low } = bundle.report.segmentation!.meanIou;
    const between = (value + low) / 2;
    expect(low).toBeLessThan(between);
    const gate = (minMeanIou: number, strict: boolean, report = bundle.report) =>
      judgeGate(report, { conditions: [], minMeanIou, strict });
    // The report has a confirmed cause: asked for a figure, the gate judges that alone.
    expect(gate(between, false)).toMatchObject({ passed: true, asked: [`mean IoU>=${between}`] });
    expect(gate(low, true).passed).toBe(true);
    expect(gate(between, true).reasons).toEqual([
      `Mean IoU is ${value.toFixed(3)} (at least ${low.toFixed(3)}), below the ${between.toFixed(3)} asked for.`,
    ]);
    expect(gate(value + 0.01, false).passed).toBe(false);
    const { report } = await bundleFixture({ thumbnails: false });
    expect(gate(0.1, false, report)).toMatchObject({ passed: false, reasons: [expect.stringContaining("no IoU")] });
  });
});
