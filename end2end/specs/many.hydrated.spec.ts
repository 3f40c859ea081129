// A patient's slices on a mid-range phone: many files, a processor four times slower, and a page that answers all along.
import { expect, test } from "../support/test";

const SLICES = 300;

test("300 slices are masked while the page answers, and can be scrolled", async ({ page }) => {
  // Half a minute to two, as the machine is: how long it takes is measured elsewhere (`cargo xtask bench-series`).
  test.setTimeout(300_000);
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();

  // Made in the page: so many files are more than the connection to the browser carries. Each differs in two pixels: the same
  // picture again would not be taken.
  const dataTransfer = await page.evaluateHandle(async (slices) => {
    const slice = await createImageBitmap(await (await fetch("/examples/covid-1.png")).blob());
    const canvas = new OffscreenCanvas(slice.width, slice.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(slice, 0, 0);
    const transfer = new DataTransfer();
    for (let i = 1; i <= slices; i++) {
      for (const [x, grey] of [i % 256, i >> 8].entries()) {
        context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
        context.fillRect(x, 0, 1, 1);
      }
      transfer.items.add(new File([await canvas.convertToBlob()], `slice-${i}.png`, { type: "image/png" }));
    }
    return transfer;
  }, SLICES);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.locator(".picker").dispatchEvent("drop", { dataTransfer });
  const status = page.getByRole("status");
  await expect(status).toContainText("Reading");
  // Answered while the worker is still at it.
  const patient = page.getByRole("checkbox", { name: "All slices belong to one patient" });
  await patient.check();
  await expect(patient).toBeChecked();
  await expect(status).toContainText("Reading");

  await expect(status).toContainText(`${SLICES} slices ready`, { timeout: 240_000 });
  const entries = page.getByRole("list", { name: "Chosen files" }).locator(":scope > li");
  await expect(entries).toHaveCount(SLICES);
  await entries.last().scrollIntoViewIfNeeded();
  await expect(entries.last()).toBeInViewport();
  await entries.last().getByRole("button", { name: `Show steps of slice-${SLICES}.png` }).click();
  await expect(page.getByRole("list", { name: "The six steps" })).toHaveCount(1);
});
