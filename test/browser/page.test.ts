import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskPictures } from "../../src/report/mask-pictures.ts";
import { renderPage } from "../../src/report/page/page.ts";
import { bundleFixture, type FixtureOptions } from "../report/fixture.ts";
import { maskedFixture } from "../report/masked-fixture.ts";

/** The report's page in a real browser. Where there is none, this fails unless ERRATA_SKIP_BROWSER=1 says that it may be left out. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ABSENT = `There is no Chromium at ${CHROMIUM}: install it (apt-get install chromium) or name it in CHROMIUM.`;
const skipped = !existsSync(CHROMIUM) && process.env.ERRATA_SKIP_BROWSER === "1";
if (skipped) console.warn(`Browser tests are left out, as ERRATA_SKIP_BROWSER=1 asks. ${ABSENT}`);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PAGES: Record<string, FixtureOptions> = {
  "two classes": {},
  "a hundred classes": { classes: 100 },
  "predictions only": { predictionsOnly: true },
};
const WIDTHS = [360, 1280];

/** What axe's rules give back, as far as it is read here. */
interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

describe.skipIf(skipped)("the report's page in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-page-"));
  const profile = mkdtempSync(join(tmpdir(), "errata-profile-"));
  let browser: BrowserContext;

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(ABSENT);
    for (const [name, options] of Object.entries(PAGES))
      writeFileSync(join(folder, `${name}.html`), renderPage(await bundleFixture(options)));
    const masked = await maskedFixture();
    writeFileSync(join(folder, "masks.html"), renderPage(masked, await maskPictures(masked)));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      args: ARGUMENTS,
    });
  });

  afterAll(async () => {
    await browser?.close();
    for (const each of [folder, profile]) rmSync(each, { recursive: true, force: true });
  });

  /** Opens a page and collects what it complains of and asks for. */
  async function open(name: string, { width = 1280, scheme = "light" as "light" | "dark" } = {}) {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    const url = pathToFileURL(join(folder, `${name}.html`)).href;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (request.url() !== url && !request.url().startsWith("data:")) requests.push(request.url());
    });
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(url);
    return { page, complaints, requests };
  }

  const openAll = (page: Page) =>
    page.evaluate(() => {
      for (const each of Array.from(document.querySelectorAll("details"))) each.open = true;
    });

  describe.each([...Object.keys(PAGES), "masks"])("with %s", (name) => {
    it.each(WIDTHS.flatMap((width) => [[width, "light"] as const, [width, "dark"] as const]))(
      "has no violation of any weight at %i px, %s, is silent and asks for nothing",
      async (width, scheme) => {
        const { page, complaints, requests } = await open(name, { width, scheme });
        await openAll(page);
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
          return (await axe.run()).violations;
        });
        const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(
          serious.map(
            ({ id, nodes }) =>
              `${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`)}`,
          ),
        ).toEqual([]);
        expect(found.map(({ id }) => id)).toEqual([]);
        expect(complaints).toEqual([]);
        expect(requests).toEqual([]);
        await page.close();
      },
    );

    it("does not scroll sideways on a phone, folded or open", async () => {
      const { page } = await open(name, { width: 360 });
      const overflow = () =>
        page.evaluate(() => ({
          page: document.documentElement.scrollWidth,
          outside: Array.from(document.querySelectorAll("main *"))
            .filter((each) => each.getBoundingClientRect().right > 361 && !each.closest(".scroll, pre, svg, .hidden"))
            .map((each) => each.outerHTML.slice(0, 80)),
        }));
      expect(await overflow()).toEqual({ page: 360, outside: [] });
      await openAll(page);
      expect(await overflow()).toEqual({ page: 360, outside: [] });
      await page.close();
    });
  });

  it("is reached by keyboard, thing by thing, with a focus that shows", async () => {
    const { page } = await open("two classes");
    await openAll(page);
    const wanted = await page.evaluate(() => {
      const things = Array.from(document.querySelectorAll('a[href], button, summary, [tabindex="0"]'));
      things.forEach((each, i) => void each.setAttribute("data-stop", String(i)));
      return things.length;
    });
    const reached = new Set<string>();
    for (let i = 0; i < wanted + 5; i++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const focused = document.activeElement as HTMLElement;
        const style = getComputedStyle(focused);
        return {
          stop: focused.dataset.stop,
          outline: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
        };
      });
      if (at.stop === undefined) continue;
      if (i === 0) expect(at.stop).toBe("0");
      expect(at.outline, `stop ${at.stop}`).toBe(true);
      reached.add(at.stop);
    }
    expect(reached.size).toBe(wanted);
    await page.close();
  });

  it("skips to the causes, and opens what a link leads to", async () => {
    const { page } = await open("two classes");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("causes");
    await page.evaluate(() => {
      location.hash = "#cause-learning-rate";
    });
    await page.waitForFunction(() => (document.getElementById("cause-learning-rate") as HTMLDetailsElement).open);
    await page.close();
  });

  it("copies the change of a recipe", async () => {
    const { page } = await open("two classes");
    await browser.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => undefined);
    await openAll(page);
    const button = page.getByRole("button", { name: "Copy: JSON of the change: Training length" });
    await button.click();
    await page.waitForFunction(() =>
      Array.from(document.querySelectorAll("button")).some(({ textContent }) =>
        /Copied|Selected/.test(textContent ?? ""),
      ),
    );
    await page.close();
  });

  it("shows one drawing of each chart, the one that fits", async () => {
    for (const [width, format] of [
      [360, "narrow"],
      [1280, "wide"],
    ] as const) {
      const { page } = await open("a hundred classes", { width });
      const shown = await page.evaluate(() =>
        Array.from(document.querySelectorAll(".drawing svg"))
          .filter((each) => each.getBoundingClientRect().width > 0)
          .map((each) => each.getAttribute("class")),
      );
      expect(shown.length).toBeGreaterThan(5);
      expect(new Set(shown.filter((each) => each === format)).size).toBe(1);
      expect(shown).toHaveLength(
        await page
          .locator(".drawing")
          .evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().width > 0).length),
      );
      await page.close();
    }
  });

  it("prints, with what was folded", async () => {
    const { page } = await open("two classes");
    expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("nav").isVisible()).toBe(false);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await page.locator("details.line:not([open])").count()).toBe(0);
    await page.close();
  });

  it("can be read without its script", async () => {
    const page = await browser.newPage();
    const text = readFileSync(join(folder, "two classes.html"), "utf8").replace(/<script>[\s\S]*<\/script>/, "");
    await page.setContent(text);
    expect(await page.locator("h1").textContent()).toContain("The model is wrong on");
    expect(await page.locator("article.cause").count()).toBe(6);
    await page.close();
  });
});
