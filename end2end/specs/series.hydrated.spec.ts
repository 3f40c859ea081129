// Series of DICOM files: read and looked at on this device, sent as pictures of their slices.
import type { Locator, Page } from "@playwright/test";
import { IDENTIFYING, jpeg2000, series } from "../support/dicom";
import { checkerboard, type Chosen, example } from "../support/slices";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "../support/test";

// Another test's slices may fill the queue: the page asks again.
test.use({ expectedStatuses: [429] });

async function choose(page: Page, files: Chosen[]): Promise<void> {
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  await page.getByLabel("CT slices").setInputFiles(files.map(({ name, mimeType, buffer }) => ({ name, mimeType, buffer })));
}

const viewer = (page: Page, number = 1) => page.getByRole("group", { name: `Viewer of series ${number}`, exact: true });
const board = (page: Page) => viewer(page).locator("canvas");

/** The patient's front is up and the right side to the left, and the viewer says so where that is. */
async function expectMarked(within: Locator): Promise<void> {
  const frame = (await within.locator(".viewer-frame").boundingBox())!;
  for (const [mark, text, right, down] of [["front", "A", 0.5, 0], ["side", "R", 0, 0.5]] as const) {
    const found = within.locator(`.viewer-corner.${mark}`);
    await expect(found).toHaveText(text);
    const box = (await found.boundingBox())!;
    expect(Math.abs(box.x - frame.x - right * frame.width), mark).toBeLessThan(24);
    expect(Math.abs(box.y - frame.y - down * frame.height), mark).toBeLessThan(24);
  }
}

/** Keeps the bodies of forms as the browser would send them: browsers do not tell what is in those with files. */
const keepWhatIsSent = (page: Page) =>
  page.addInitScript(() => {
    const send = XMLHttpRequest.prototype.send;
    const kept = window as unknown as { sent: string };
    kept.sent = "";
    XMLHttpRequest.prototype.send = function (body) {
      if (body instanceof FormData) {
        const form = new Response(body).arrayBuffer();
        void form.then((bytes) => (kept.sent += new TextDecoder("latin1").decode(bytes)));
      }
      send.call(this, body);
    };
  });

/** The canvas in numbers: equal for equal pictures. */
const drawn = (canvas: Locator) =>
  canvas.evaluate((node: HTMLCanvasElement) => {
    const { data } = node.getContext("2d")!.getImageData(0, 0, node.width, node.height);
    let sum = 0;
    for (let place = 0; place < data.length; place++) sum = (sum * 31 + data[place]) >>> 0;
    return node.width === 256 ? sum : 0;
  });

test("a series is scrolled by slider, keys and wheel, in any window, with its lungs", async ({ page, isMobile }) => {
  await choose(page, series(21));
  await expect(page.getByRole("status")).toContainText("Series of 21 slices ready");
  await expect(page.getByText("DICOM: 21 slices of 256 × 256 pixels, 2 mm apart")).toBeVisible();
  const frame = viewer(page).getByRole("img");
  await expect(frame).toHaveAccessibleName("Slice 11 of 21");
  await expect.poll(() => drawn(board(page))).not.toBe(0);
  const middle = await drawn(board(page));

  const slider = page.getByRole("slider", { name: "Slice" });
  await slider.fill("1");
  await expect(frame).toHaveAccessibleName("Slice 1 of 21");
  await expect.poll(() => drawn(board(page))).not.toBe(middle);
  await frame.focus();
  await page.keyboard.press("PageDown");
  await expect(frame).toHaveAccessibleName("Slice 11 of 21");
  await expect.poll(() => drawn(board(page))).toBe(middle);
  await page.keyboard.press("ArrowUp");
  await expect(frame).toHaveAccessibleName("Slice 10 of 21");
  if (!isMobile) {
    await board(page).hover();
    await page.mouse.wheel(0, 80);
    await expect(frame).toHaveAccessibleName("Slice 12 of 21");
  }

  await slider.fill("11");
  await expect.poll(() => drawn(board(page))).toBe(middle);
  await page.getByRole("combobox", { name: "Window" }).selectOption("Mediastinum");
  await expect(page.getByLabel("Width (HU)")).toHaveValue("400");
  await expect.poll(() => drawn(board(page))).not.toBe(middle);
  await page.getByRole("combobox", { name: "Window" }).selectOption("Lung");
  await expect.poll(() => drawn(board(page))).toBe(middle);
  await page.getByRole("checkbox", { name: "Show the lungs" }).check();
  await expect.poll(() => drawn(board(page))).not.toBe(middle);

  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});

test("a slice in JPEG 2000 is read beside a series", async ({ page }) => {
  await choose(page, series(5));
  await expect(page.getByText("DICOM: 5 slices of 256 × 256 pixels, 2 mm apart")).toBeVisible();
  const { name, mimeType, buffer } = jpeg2000();
  await page.getByLabel("CT slices").setInputFiles([{ name, mimeType, buffer }]);
  await expect(page.getByText("DICOM: 1 slice of 64 × 48 pixels")).toBeVisible();
  await expect(page.getByText("DICOM: 5 slices of 256 × 256 pixels, 2 mm apart")).toBeVisible();
  const small = page.locator("canvas[width='64']");
  const greys = () =>
    small.evaluate((node: HTMLCanvasElement) => {
      const { data } = node.getContext("2d")!.getImageData(0, 0, node.width, node.height);
      return new Set(data.filter((_, place) => place % 4 === 0)).size;
    });
  await expect.poll(greys).toBeGreaterThan(50);
});

test("dragging moves slices, or the window", async ({ page }) => {
  await choose(page, series(21));
  await expect(viewer(page).getByRole("img")).toHaveAccessibleName("Slice 11 of 21");
  const drag = async (right: number, down: number) => {
    // Anew each time: a click elsewhere may have scrolled the page.
    await board(page).scrollIntoViewIfNeeded();
    const box = (await board(page).boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + right, y + down, { steps: 5 });
    await page.mouse.up();
  };
  await drag(0, 30);
  await expect(viewer(page).getByRole("img")).toHaveAccessibleName("Slice 16 of 21");
  await page.getByRole("button", { name: "Drag: window" }).click();
  await drag(40, 0);
  await expect(page.getByLabel("Width (HU)")).not.toHaveValue("1500");
  await expect(page.getByRole("combobox", { name: "Window" })).toHaveValue("own");
  await expect(viewer(page).getByRole("img")).toHaveAccessibleName("Slice 16 of 21");
});

test("a drag through a patient's slices ends where the button is let go, wherever that is", async ({ page }) => {
  await choose(page, series(48));
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("status")).toContainText("Upload complete");
  await page.getByRole("button", { name: "Start" }).click();
  const frame = page.getByRole("group", { name: "The patient's slices" }).getByRole("img").first();
  await frame.scrollIntoViewIfNeeded();
  const begun = await frame.getAttribute("aria-label");
  const { x, y, width, height } = (await frame.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  // Past so many slices that the picture where it began is no longer there.
  await page.mouse.move(x + width / 2, y + height / 2 + 45, { steps: 15 });
  await page.mouse.move(x + width / 2, y + height / 2 - 45, { steps: 30 });
  await page.mouse.move(x + width / 2, y - 10);
  await page.mouse.up();
  await expect(frame).not.toHaveAttribute("aria-label", begun!);
  const ended = await frame.getAttribute("aria-label");
  await page.mouse.move(x + width / 2, y + height / 3);
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 5 });
  await expect(frame).toHaveAttribute("aria-label", ended!);

  // A slice that carried the decision is shown whatever the table is filtered by.
  const rows = page.getByRole("table", { name: "Result per slice" }).locator("tbody").getByRole("row");
  const all = await rows.count();
  const filter = page.getByRole("combobox", { name: "Show" });
  const counts = await filter.locator("option").allTextContents();
  await filter.selectOption({ index: counts.findIndex((option) => option.endsWith("(0)")) });
  await expect(rows).toHaveCount(0);
  const link = page.locator(".key-slices a").first();
  const row = page.locator((await link.getAttribute("href"))!);
  await link.click();
  // The viewer goes there too.
  const looked = new RegExp(`^${await link.innerText()}\\.png: `);
  await expect(frame).toHaveAttribute("aria-label", looked);
  await expect(rows).toHaveCount(all);
  await expect(row).toContainText((await link.textContent())!);
  await expect(filter).toHaveValue("All slices");
  await expect(row).toBeInViewport();
  const below = await page.locator(".heat-controls").evaluate((node) => node.getBoundingClientRect().bottom);
  expect((await row.boundingBox())!.y).toBeGreaterThanOrEqual(below - 1);

  // What the browser does with another key is left to it.
  const kept = await frame.evaluate((node) => {
    const told = [
      new WheelEvent("wheel", { deltaY: 200, ctrlKey: true, bubbles: true, cancelable: true }),
      new KeyboardEvent("keydown", { key: "ArrowLeft", altKey: true, bubbles: true, cancelable: true }),
    ];
    return told.map((event) => node.dispatchEvent(event));
  });
  expect(kept).toEqual([true, true]);
  await expect(frame).toHaveAttribute("aria-label", looked);
});

test("what is sent holds pictures, counts and positions alone: no other tag, no name, and no slice without lungs", async ({ page }) => {
  await keepWhatIsSent(page);
  await choose(page, series(12));
  await expect(page.getByRole("status")).toContainText("Series of 12 slices ready");
  // A series is one patient's anyhow.
  await expect(page.getByText("All slices belong to one patient")).toBeHidden();
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("status")).toContainText("Upload complete");
  const body = Buffer.from(await page.evaluate(() => (window as unknown as { sent: string }).sent), "latin1");
  expect(body.length).toBeGreaterThan(1000);
  for (const secret of [...Object.values(IDENTIFYING), "Okonkwo", "Amaranta", "DICM", "dcm"]) {
    expect(body.includes(Buffer.from(secret, "latin1")), `${secret} is sent`).toBe(false);
  }
  const names = [...body.toString("latin1").matchAll(/filename="(slice-[^"]+)"/g)].map((match) => match[1]);
  expect(names.length).toBeGreaterThan(2);
  expect(names.length).toBeLessThan(12);
  expect(names).not.toContain("slice-001.png");
  await expect(page.getByText(/slices with lungs, \d+ slices left out/)).toBeVisible();
  // Of the slices that stay here, their number.
  const fields = [...body.toString("latin1").matchAll(/name="(\w+)"\r\n\r\n([^\r]*)\r\n/g)].map((match) => [match[1], match[2]]);
  const left = `${12 - names.length}`;
  const ofAll = [["grouping", "patient"], ["no_lungs", left], ["unreadable", "0"], ["passed_over", "0"], ["by_hand", "0"], ["notes", "[]"]];
  expect(fields.slice(0, ofAll.length)).toEqual(ofAll);
  const ofEach = fields.slice(ofAll.length);
  expect(ofEach.map(([name]) => name)).toEqual(names.map(() => "position"));
  for (const [, mm] of ofEach) expect(mm).toMatch(/^-?\d+(\.\d)?$/);

  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/diagnosis\/[0-9a-f]{32}$/);
  await expect(page.getByRole("heading", { name: "Patient" })).toBeVisible();
  await expect(page.getByText(`(left out: ${left} without lungs)`)).toBeVisible();
  const answer = await (await page.request.get(page.url().replace("/diagnosis/", "/api/v1/analyses/"))).text();
  for (const secret of [...Object.values(IDENTIFYING), "Okonkwo"]) expect(answer).not.toContain(secret);
});

test("files of a series that cannot be read are counted in the result, and those of other kinds are not", async ({ page }) => {
  const [cut] = series(1, { series: "1.2.3.6" });
  const [scout] = series(1, { imageType: "ORIGINAL\\PRIMARY\\LOCALIZER", series: "1.2.3.4" });
  await choose(page, [...series(12), { ...cut, name: "cut.dcm", buffer: cut.buffer.subarray(0, 4000) }, { ...scout, name: "scout.dcm" }]);
  await expect(page.getByRole("alert")).toContainText("cut.dcm");
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByText(/\(left out: \d+ without lungs, 1 unreadable\)/)).toBeVisible();
});

test("slices can be left out by hand, and the result tells how many", async ({ page }) => {
  await keepWhatIsSent(page);
  await choose(page, series(12));
  const status = page.getByRole("status");
  await expect(status).toContainText("Series of 12 slices ready");
  const slider = viewer(page).getByRole("slider");
  const sendThis = page.getByRole("checkbox", { name: "Send this slice" });
  await slider.fill("1");
  await page.getByRole("button", { name: "Leave out all after it" }).click();
  await sendThis.uncheck();
  await expect(status).toContainText("All slices of the series are left out");
  await expect(page.getByRole("button", { name: "Upload" })).toBeDisabled();
  await page.getByRole("button", { name: "Send all" }).click();
  await expect(status).toContainText("Series of 12 slices ready");

  await slider.fill("4");
  await page.getByRole("button", { name: "Leave out all before it" }).click();
  await slider.fill("9");
  await page.getByRole("button", { name: "Leave out all after it" }).click();
  await slider.fill("6");
  await sendThis.uncheck();
  await expect(status).toContainText("5 slices of the series' 12 are ready to upload, as one patient");
  await expect(page.getByText("5 slices to be sent where they show lungs, 7 slices left out by hand.")).toBeVisible();
  await slider.fill("3");
  await expect(sendThis).not.toBeChecked();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Upload" }).click();
  await expect(status).toContainText("Upload complete");
  const body = await page.evaluate(() => (window as unknown as { sent: string }).sent);
  const names = [...body.matchAll(/filename="slice-(\d+)\.png"/g)].map((match) => Number(match[1]));
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) expect([4, 5, 7, 8, 9]).toContain(name);
  expect(body).toMatch(/name="by_hand"\r\n\r\n7\r\n/);
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByText(/\(left out: .*7 by hand\)/)).toBeVisible();
});

test("one class can be asked of all heatmaps at once", async ({ page }) => {
  await choose(page, series(12));
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("status")).toContainText("Upload complete");
  await page.getByRole("button", { name: "Start" }).click();
  const asked = page.getByRole("group", { name: "Heatmap" }).getByRole("combobox", { name: "What spoke for" });
  const corner = page.getByRole("group", { name: "The patient's slices" }).locator(".heat-class");
  const heats = page.locator(".slice-table .overlay-heat");
  for (const name of ["Pneumonia", "Healthy"]) {
    await asked.selectOption(name);
    await expect(corner).toHaveText(`Heat: ${name}`);
    const alts = await heats.evaluateAll((all) => all.map((heat) => heat.getAttribute("alt")));
    expect(alts.length).toBeGreaterThan(1);
    for (const alt of alts) expect(alt).toBe(`Heatmap of what spoke for ${name}`);
    const choices = await page.locator(".slice-table").getByRole("radio", { name }).all();
    expect(choices.length).toBe(alts.length);
    for (const choice of choices) await expect(choice).toBeChecked();
  }
  await expect(page.getByText("Bright is what looks healthy here, not disease.").first()).toBeVisible();
});

test("files that are no slices are named with their reasons, and the others are read", async ({ page, request }) => {
  const scout = series(1, { imageType: "ORIGINAL\\PRIMARY\\LOCALIZER", series: "1.2.3.4" })[0];
  const mr = series(1, { modality: "MR", series: "1.2.3.5" })[0];
  const other = { name: "notes", mimeType: "text/plain", buffer: Buffer.from("nothing to see") };
  const unnamed = { ...(await example(request, "covid-1.png")), name: "IM0001" };
  const cut = { ...series(1, { series: "1.2.3.6" })[0], name: "cut.dcm" };
  cut.buffer = cut.buffer.subarray(0, 4000);
  await choose(page, [
    ...series(5),
    { ...scout, name: "scout.dcm" },
    { ...mr, name: "mr.dcm" },
    cut,
    other,
    unnamed,
    checkerboard(),
  ]);
  const refused = page.getByRole("alert");
  await expect(refused).toContainText("scout.dcm: A localizer");
  await expect(refused).toContainText("mr.dcm: Not a CT image");
  await expect(refused).toContainText("cut.dcm");
  // What is neither goes to the list of pictures, where a picture without an extension is one.
  const entries = page.getByRole("list", { name: "Chosen files" }).locator(":scope > li");
  await expect(entries).toHaveCount(3);
  await expect(entries.filter({ hasText: "IM0001" })).toContainText("Lungs found");
  await expect(entries.filter({ hasText: "notes" })).toContainText("Nothing that is read here");
  await expect(page.getByRole("heading", { name: "Series 1" })).toBeVisible();

  const choices = page.getByRole("group", { name: "What is sent" });
  await expect(choices.getByRole("radio", { name: "Send series 1" })).toBeChecked();
  await choices.getByRole("radio", { name: "Send the pictures" }).check();
  await expect(page.getByRole("status")).toContainText("1 slice ready");
  await page.getByRole("button", { name: "Remove series 1" }).click();
  await expect(viewer(page)).toHaveCount(0);
});

test("without the pictures that were to be sent, a series is", async ({ page }) => {
  await choose(page, [...series(8), checkerboard()]);
  const pictures = page.getByRole("radio", { name: "Send the pictures" });
  await pictures.check();
  // Another series does not change what was chosen.
  await page.getByLabel("CT slices").setInputFiles(series(4, { series: "1.2.9.9" }));
  await expect(page.getByRole("heading", { name: "Series 2" })).toBeVisible();
  await expect(pictures).toBeChecked();
  await page.getByRole("button", { name: "Remove checkerboard.png" }).click();
  await expect(page.getByRole("status")).toContainText("Series of 8 slices ready");
  await expect(page.getByRole("button", { name: "Upload" })).toBeEnabled();
});

test("of several series the longest is sent, unless another is chosen", async ({ page }) => {
  await choose(page, [...series(4, { series: "1.2.9.9" }), ...series(8)]);
  const status = page.getByRole("status");
  await expect(status).toContainText("Series of 8 slices ready");
  await page.getByLabel("CT slices").setInputFiles(series(9, { series: "1.2.9.10" }));
  await expect(status).toContainText("Series of 9 slices ready");
  await page.getByRole("button", { name: "Remove series 3" }).click();
  await expect(status).toContainText("Series of 8 slices ready");
  const short = page.getByRole("radio", { name: /^Send series \d$/, checked: false });
  await short.check();
  await page.getByLabel("CT slices").setInputFiles(series(10, { series: "1.2.9.11" }));
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(3);
  await expect(status).toContainText("Series of 4 slices ready");
});

test("where the reading worker fails at files, the series read before stay", async ({ page }) => {
  await page.route("**/reader.js", async (route) => {
    const response = await route.fetch();
    const deadly = `addEventListener("message", ({ data: [, files] }) => {
      if (files.some(({ name }) => name.endsWith("deadly.dcm"))) postMessage(null);
    });`;
    await route.fulfill({ response, body: deadly + (await response.text()) });
  });
  await choose(page, series(8));
  await page.getByLabel("CT slices").setInputFiles(series(4, { series: "1.2.9.9" }));
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(2);
  const deadly = { ...series(1, { series: "1.2.9.10" })[0], name: "deadly.dcm" };
  await page.getByLabel("CT slices").setInputFiles([deadly]);
  await expect(page.getByRole("alert")).toContainText("The browser could not read these files");
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(2);
  await expect.poll(() => drawn(board(page))).not.toBe(0);
  await expect(page.getByRole("status")).toContainText("Series of 8 slices ready");
  await page.getByLabel("CT slices").setInputFiles(series(5, { series: "1.2.9.11" }));
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(3);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("what was odd about a series, and where its slices lie, is told with the result", async ({ page }) => {
  await choose(page, series(12).filter((_, number) => number !== 5 && number !== 6));
  const gap = page.getByText("About 2 slices are missing after slice 5 of the series.");
  await expect(gap).toBeVisible();
  await expectMarked(viewer(page));
  const before = await viewer(page).locator(".viewer-corner.start").innerText();
  expect(before).toMatch(/^6 \/ 10\s+−?\d+\.\d\smm$/);
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("heading", { name: "Patient" })).toBeVisible();
  await expect(gap).toBeVisible();
  const result = page.getByRole("group", { name: "The patient's slices" });
  const corner = result.locator(".viewer-corner.start");
  await expect(corner).toHaveText(/^slice-\d{3} \(\d+ \/ \d+\)\s*−?\d+\.\d\smm$/);
  await expectMarked(result);
  // The first of those that decided it, and then the one that is asked for.
  const key = page.locator(".key-slices").getByRole("link");
  await expect(corner).toContainText(await key.first().innerText());
  await key.last().click();
  await expect(corner).toContainText(await key.last().innerText());
  const shown = (await corner.innerText()).match(/slice-(\d+)/)![1];
  const row = page.getByRole("row").filter({ hasText: `slice-${shown}.png` });
  const mm = (await corner.innerText()).match(/(−?\d+\.\d)\smm$/)![1];
  await expect(row.getByText(`position ${mm}\u00a0mm`)).toBeVisible();
});

test("two patients are two series, and a gap is said", async ({ page }) => {
  const gappy = series(10).filter((_, number) => number !== 4 && number !== 5);
  const second = series(4, { series: "1.2.9.9", id: "another", name: "Somebody^Else" });
  await choose(page, [...gappy, ...second]);
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(2);
  await expect(page.getByText("About 2 slices are missing after slice 4 of the series.")).toBeVisible();
  const patients = page.getByText("The files are of 2 patients; each series is of one of them.");
  await expect(patients).toBeVisible();

  // What is said of them stays when more files are read, and goes with the last of them.
  await page.getByLabel("CT slices").setInputFiles(series(4, { series: "1.2.9.10" }));
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(3);
  await expect(patients).toBeVisible();
  await page.getByRole("button", { name: "Remove series 1" }).click();
  await expect(patients).toBeVisible();
  await page.getByRole("button", { name: "Remove series 2" }).click();
  await expect(patients).toHaveCount(0);
  await expect(page.getByRole("heading", { name: /^Series \d$/ })).toHaveCount(1);
});
