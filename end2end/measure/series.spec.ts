// A series from the file dialog to the patient's result: how long each part takes, and how evenly slices pass.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { series } from "../support/dicom";

/** As CT slices usually are. */
const SIDE = 512;

/** Seconds from now until something is so. */
async function seconds(until: () => Promise<unknown>): Promise<string> {
  const began = performance.now();
  await until();
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** Milliseconds from frame to frame while every slice is passed. */
const frames = (page: Page, slices: number) =>
  page.evaluate(async (slices) => {
    const slider = document.querySelector<HTMLInputElement>(".viewer input[type=range], .series input[type=range]")!;
    const times: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (let slice = 1; slice <= slices; slice++) {
      slider.value = `${slice}`;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      const now = await new Promise<number>(requestAnimationFrame);
      times.push(now - before);
      before = now;
    }
    times.sort((a, b) => a - b);
    return [0.5, 0.95].map((share) => times[Math.floor(share * (times.length - 1))].toFixed(1)).join(" / ");
  }, slices);

for (const slices of [150, 300]) {
  test(`${slices} slices`, async ({ page }, info) => {
    // From the disk: so many files are more than the connection to the browser carries.
    const folder = info.outputPath("series");
    mkdirSync(folder, { recursive: true });
    const files = series(slices, {}, SIDE).map(({ name, buffer }) => {
      const file = path.join(folder, name);
      writeFileSync(file, buffer);
      return file;
    });
    const tell = (what: string, figure: string) => console.log(`${slices} slices of ${SIDE}²: ${what} ${figure}`);
    await page.goto("/diagnosis");
    await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
    const drawn = () => page.locator(".series canvas").evaluate((canvas: HTMLCanvasElement) => canvas.width);
    const shown = async () => {
      await page.getByLabel("CT slices").setInputFiles(files);
      await expect.poll(drawn, { intervals: [50] }).toBe(SIDE);
    };
    tell("files chosen to a slice in the viewer", await seconds(shown));
    tell("from frame to frame while every slice is passed, median / 95th percentile", `${await frames(page, slices)} ms`);
    const uploaded = async () => {
      await page.getByRole("button", { name: "Upload" }).click();
      await expect(page.getByRole("status")).toContainText("Upload complete", { timeout: 300_000 });
    };
    tell("Upload to uploaded", await seconds(uploaded));
    const analysed = async () => {
      await page.getByRole("button", { name: "Start" }).click();
      await expect(page.getByRole("heading", { name: "Patient" })).toBeVisible({ timeout: 300_000 });
    };
    tell("Start to the patient's result", await seconds(analysed));
    const heap = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
    tell("the result page's own memory", `${Math.round(heap / 1e6)} MB`);
  });
}
