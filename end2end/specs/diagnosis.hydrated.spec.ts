// The whole way with a script: choose, watch, move the threshold, upload, start, result, report.
import { type APIRequestContext, type Locator, type Page } from "@playwright/test";
import { type Chosen, checkerboard, empty, example, text, truncated } from "../support/slices";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "../support/test";

async function choose(page: Page, files: Chosen[]): Promise<Locator> {
  await page.goto("/diagnosis");
  // There once the page is alive; before, the plain form has another button.
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  await page.getByLabel("CT slices").setInputFiles(files.map(({ name, mimeType, buffer }) => ({ name, mimeType, buffer })));
  return page.getByRole("list", { name: "Chosen files" }).locator(":scope > li");
}

/** How bright a canvas is on average, 0..255. */
const brightness = (canvas: Locator) =>
  canvas.evaluate((node: HTMLCanvasElement) => {
    const { data } = node.getContext("2d")!.getImageData(0, 0, node.width, node.height);
    let sum = 0;
    for (let place = 0; place < data.length; place += 4) sum += data[place];
    return (4 * sum) / data.length;
  });

async function setSlider(slider: Locator, value: number): Promise<void> {
  await slider.evaluate((node: HTMLInputElement, value) => {
    node.value = String(value);
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

async function uploadAndStart(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("status")).toContainText("Upload complete");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/diagnosis\/[0-9a-f]{32}$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Result");
}

/** Begins an analysis that takes a while, past the page; its id. */
async function longAnalysis(request: APIRequestContext): Promise<string> {
  const { name, mimeType, buffer } = await example(request, "covid-1.png");
  const form = new FormData();
  const file = new File([new Uint8Array(buffer)], name, { type: mimeType });
  for (let slice = 0; slice < 150; slice++) form.append("slice", file);
  const upload = await request.post("/api/v1/uploads", { multipart: form });
  expect(upload.ok(), await upload.text()).toBe(true);
  const { id } = await upload.json();
  // Turned away while another such analysis fills the queue.
  const begin = () => request.post(`/api/v1/uploads/${id}/analysis`);
  let analysis = await begin();
  for (let tries = 0; analysis.status() === 429 && tries < 30; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    analysis = await begin();
  }
  expect(analysis.status()).toBe(202);
  return (await analysis.json()).id;
}

test("files dropped beside the box are taken, too", async ({ page }) => {
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  const dataTransfer = await page.evaluateHandle(async () => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([await (await fetch("/examples/covid-1.png")).blob()], "a.png", { type: "image/png" }));
    return transfer;
  });
  await page.getByRole("heading", { level: 1 }).dispatchEvent("drop", { dataTransfer });
  await expect(page.getByRole("status")).toContainText("1 slice ready");
});

test("a picture that is there already is not added again, whatever its name", async ({ page, request }) => {
  const [covid, healthy] = [await example(request, "covid-1.png"), await example(request, "healthy-0.png")];
  const files = await choose(page, [covid, { ...covid, name: "copy.png" }, healthy]);
  await expect(files).toHaveCount(2);
  await expect(page.getByRole("alert")).toContainText("Pictures that are in the list already were not added again: 1.");
  await page.getByLabel("CT slices").setInputFiles([{ ...healthy, name: "another.png" }]);
  await expect(page.getByRole("status")).toContainText("2 slices ready");
  await expect(files).toHaveCount(2);
});

test("of the same picture in two drops one stays, whichever is read first", async ({ page }) => {
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  await page.evaluate(async () => {
    const file = async (example: string, name: string) =>
      new File([await (await fetch(`/examples/${example}.png`)).blob()], name, { type: "image/png" });
    // The second of the first drop is read after the one of the second.
    const drops = [[await file("healthy-0", "a.png"), await file("covid-1", "b.png")], [await file("covid-1", "c.png")]];
    for (const files of drops) {
      const dataTransfer = new DataTransfer();
      for (const one of files) dataTransfer.items.add(one);
      const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector(".picker")!.dispatchEvent(drop);
    }
  });
  await expect(page.getByRole("status")).toContainText("2 slices ready");
  await expect(page.getByRole("list", { name: "Chosen files" }).locator(":scope > li")).toHaveCount(2);
  await expect(page.getByRole("alert")).toContainText("Pictures that are in the list already were not added again: 1.");
});

test("the mask in the browser is the server's, bit for bit", async ({ page, request }) => {
  for (const name of ["healthy-0.png", "pneumonia-0.png", "covid-1.png", "covid-2.png"]) {
    const slice = await example(request, name);
    await choose(page, [slice]);
    await expect(page.locator("[data-fingerprint]")).toHaveAttribute("data-fingerprint", slice.fingerprint);
  }
});

test("each of the six steps has a picture", async ({ page, request }) => {
  await choose(page, [await example(request, "covid-1.png")]);
  const steps = page.getByRole("list", { name: "The six steps" });
  await expect(steps.getByRole("img")).toHaveCount(6);
  for (const step of await steps.getByRole("img").all()) {
    await expect.poll(() => brightness(step)).toBeGreaterThan(0.5);
  }
  await expect(page.getByRole("img", { name: /Histogram of the grey values/ })).toBeVisible();
  await expect(page.getByText(/Masked in \d+\.\d ms/)).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});

test("a result says for which slices the threshold was set by hand", async ({ page, request }) => {
  const entries = await choose(page, [await example(request, "covid-1.png")]);
  await expect(entries.first()).toContainText("Lungs found.");
  await setSlider(page.getByRole("slider", { name: /Threshold/ }), 100);
  await expect(entries.first()).toContainText("Lungs found, threshold moved.");
  await uploadAndStart(page);
  await expect(page.getByText("The lungs were found with a threshold set by hand (100).")).toBeVisible();
  await expect(page.getByText("In 1 slice the lungs were found with a threshold set by hand.")).toBeVisible();
});

test("moving the threshold changes every step at once, and back restores the mask", async ({ page, request }) => {
  const slice = await example(request, "healthy-0.png");
  await choose(page, [slice]);
  const masking = page.locator("[data-fingerprint]");
  const polarised = page.getByRole("img", { name: "After the step Polarise" });
  await expect(masking).toHaveAttribute("data-fingerprint", slice.fingerprint);
  const before = await brightness(polarised);

  await setSlider(page.getByRole("slider", { name: /Threshold/ }), 12);
  await expect(masking).not.toHaveAttribute("data-fingerprint", slice.fingerprint);
  await expect.poll(() => brightness(polarised)).toBeLessThan(before);

  await page.getByRole("button", { name: /found from the histogram/ }).click();
  await expect(masking).toHaveAttribute("data-fingerprint", slice.fingerprint);
  await expect.poll(() => brightness(polarised)).toBe(before);
});

test("from files to result and report", async ({ page, request }) => {
  const slices = [await example(request, "healthy-0.png"), await example(request, "covid-1.png")];
  const entries = await choose(page, slices);
  await expect(entries).toHaveCount(2);
  await expect(page.getByRole("status")).toContainText("2 slices ready to upload.");
  await expect(page.getByRole("button", { name: "Start" })).toBeDisabled();
  await uploadAndStart(page);

  const rows = page.getByRole("table", { name: "Result per slice" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("healthy-0.png");
  for (const name of ["Healthy", "Pneumonia", "COVID-19"]) {
    await expect(rows.nth(1).getByRole("term").filter({ hasText: name })).toBeVisible();
  }
  await expect(page.getByRole("note").filter({ hasText: "Research tool, not a medical device." })).toBeVisible();

  const heat = rows.nth(1).getByRole("img", { name: /Heatmap/ });
  await expect(heat).toBeVisible();
  expect(await heat.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth))).toBe(512);
  await expect(heat).toHaveCSS("opacity", "0.6");
  await setSlider(page.getByRole("slider", { name: /Opacity/ }), 25);
  await expect(heat).toHaveCSS("opacity", "0.25");
  await page.getByRole("checkbox", { name: "Heatmap" }).uncheck();
  await expect(heat).toBeHidden();
  await page.getByRole("checkbox", { name: "Heatmap" }).check();

  const other = rows.nth(1).getByRole("radio", { checked: false }).last();
  const named = await other.evaluate((node: HTMLInputElement) => node.labels![0].textContent);
  await other.check({ force: true });
  const asked = rows.nth(1).getByRole("img", { name: `Heatmap of what spoke for ${named}` });
  expect(await asked.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth))).toBe(512);
  await expect(asked).toHaveAttribute("src", /\?class=/);

  await expectAccessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download Word report" }).click();
  const report = await (await download).createReadStream();
  const bytes = Buffer.concat(await report.toArray());
  expect(bytes.subarray(0, 2).toString("latin1")).toBe("PK");

  await page.reload();
  await expect(rows).toHaveCount(3);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});

test("an example goes to the diagnosis with one click", async ({ page, request }) => {
  const { fingerprint } = await example(request, "covid-1.png");
  await page.goto("/images");
  await page.getByRole("link", { name: "Try it COVID-19, example 2" }).click();
  await expect(page).toHaveURL(/\/diagnosis\?example=covid-1$/);
  await expect(page.locator("[data-fingerprint]")).toHaveAttribute("data-fingerprint", fingerprint);
  await expect(page.getByRole("list", { name: "Chosen files" }).locator(":scope > li")).toHaveCount(1);
});

test.describe("an example that there isn't", () => {
  test.use({ expectedStatuses: [404] });
  test("is said so", async ({ page }) => {
    await page.goto("/diagnosis?example=no-such");
    await expect(page.getByRole("alert")).toContainText("could not be fetched");
  });
});

test("slices are ordered and filtered, and come as a table", async ({ page, request }) => {
  const names = ["healthy-0.png", "covid-0.png", "pneumonia-0.png"];
  await choose(page, await Promise.all(names.map((name) => example(request, name))));
  await uploadAndStart(page);
  const rows = page.getByRole("table", { name: "Result per slice" }).locator("tbody").getByRole("row");
  const likely = async (row: number, name: string) => {
    const bar = rows.nth(row).locator(".bar", { hasText: name }).locator(".bar-number");
    return Number.parseFloat((await bar.textContent())!.replace(/[<> %]/g, ""));
  };
  await page.getByRole("combobox", { name: "Order" }).selectOption("Pneumonia first");
  await expect(rows).toHaveCount(3);
  const shares = [await likely(0, "Pneumonia"), await likely(1, "Pneumonia"), await likely(2, "Pneumonia")];
  expect(shares).toEqual([...shares].sort((a, b) => b - a));

  const filter = page.getByRole("combobox", { name: "Show" });
  for (const shown of ["Healthy", "Pneumonia", "COVID-19", "Inconclusive", "All slices"]) {
    const option = filter.locator(`option[value="${shown}"]`);
    const number = Number((await option.textContent())!.match(/\((\d+)\)/)![1]);
    await filter.selectOption(shown);
    await expect(rows).toHaveCount(number);
  }
  await expectAccessible(page);

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const table = Buffer.concat(await (await (await download).createReadStream()).toArray()).toString("utf8");
  const lines = table.trimEnd().split("\n");
  expect(lines[0]).toContain('"file","predicted","inconclusive","healthy","pneumonia","covid"');
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(names.map((name) => `"${name}"`));
  await page.goto(page.url().replace("/diagnosis/", "/zh/diagnosis/"));
  await expect(page.getByRole("group", { name: "排序与筛选" })).toBeVisible();
  await expect(page.getByRole("link", { name: "下载 Word 报告" })).toHaveAttribute("href", /^\/zh\/api\//);
});

test("slices of one patient have one result", async ({ page, request }) => {
  await choose(page, [await example(request, "pneumonia-0.png"), await example(request, "pneumonia-1.png")]);
  await page.getByRole("checkbox", { name: "All slices belong to one patient" }).check();
  await uploadAndStart(page);
  await expect(page.getByRole("region", { name: "Patient" })).toContainText("From 2 slices");
});

test("what was ticked before the page came to life holds", async ({ page, request }) => {
  let wake = () => {};
  const awake = new Promise<void>((resolve) => (wake = resolve));
  await page.route("**/*.wasm", async (route) => {
    await awake;
    await route.continue();
  });
  await page.goto("/diagnosis", { waitUntil: "commit" });
  const box = page.getByRole("checkbox", { name: "All slices belong to one patient" });
  await box.check();
  wake();
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  await expect(box).toBeChecked();
  const pictures = [await example(request, "pneumonia-0.png"), await example(request, "pneumonia-1.png")];
  const files = pictures.map(({ name, mimeType, buffer }) => ({ name, mimeType, buffer }));
  await page.getByLabel("CT slices").setInputFiles(files);
  await uploadAndStart(page);
  await expect(page.getByRole("region", { name: "Patient" })).toContainText("From 2 slices");
});

test("the pictures after every convolution come when asked for", async ({ page, request }) => {
  await choose(page, [await example(request, "covid-0.png")]);
  await uploadAndStart(page);
  await page.getByText("After every convolution").click();
  const pictures = page.locator(".layer-list img");
  await expect(pictures.first()).toBeVisible();
  expect(await pictures.count()).toBeGreaterThan(15);
});

test("a region of a slice is explained, drawn or set in numbers", async ({ page, request }) => {
  await choose(page, [await example(request, "covid-1.png")]);
  await uploadAndStart(page);
  await page.getByRole("button", { name: "Explain a region" }).click();
  const answer = page.locator(".region-answer");
  await expect(answer).toContainText("lies in the region");
  const first = await answer.textContent();

  await page.getByRole("spinbutton", { name: "Width" }).fill("60");
  await page.getByRole("spinbutton", { name: "Width" }).press("Tab");
  await expect(answer).not.toHaveText(first!);
  const heat = page.locator(".region-heat");
  await expect.poll(() => heat.evaluate((node: HTMLImageElement) => node.naturalWidth)).toBe(512);
  await expectAccessible(page);

  const overlay = page.locator(".overlay");
  await overlay.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await overlay.boundingBox())!;
  await page.mouse.move(x + width * 0.55, y + height * 0.4);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.85, y + height * 0.8, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByRole("spinbutton", { name: "Width" })).not.toHaveValue("60");
  await expect(answer).toContainText("lies in the region");
});

test("an upload can be stopped, and sent after all", async ({ page, request }) => {
  await choose(page, [await example(request, "healthy-0.png")]);
  await page.route("**/api/v1/uploads", () => {
    // Never answered.
  });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("button", { name: "Stop the upload" }).click();
  await expect(page.getByRole("alert")).toContainText("The upload was stopped");
  await page.unroute("**/api/v1/uploads");
  await uploadAndStart(page);
});

test("a start that is never answered can be pressed again", async ({ page, request }) => {
  // Half a minute in this test's time.
  await page.addInitScript(() => {
    const timeout = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, "timeout")!;
    const set = function (this: XMLHttpRequest, ms: number) {
      timeout.set!.call(this, ms / 30);
    };
    Object.defineProperty(XMLHttpRequest.prototype, "timeout", { ...timeout, set });
  });
  await choose(page, [await example(request, "healthy-0.png")]);
  await page.getByRole("button", { name: "Upload" }).click();
  await page.route("**/analysis", () => {
    // Never answered.
  });
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("alert")).toContainText("The connection was lost");
  await page.unroute("**/analysis");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/diagnosis\/[0-9a-f]{32}$/);
});

test("files that are no slices say why, and the good one beside them is analysed", async ({ page, request }) => {
  const good = await example(request, "covid-1.png");
  const entries = await choose(page, [text(), truncated(good), empty(), checkerboard(), good]);
  await expect(entries).toHaveCount(5);
  await expect(entries.nth(0)).toContainText("Nothing that is read here");
  await expect(entries.nth(1)).toContainText("truncated");
  await expect(entries.nth(2)).toContainText("empty");
  await expect(entries.nth(3)).toContainText("No lungs found");
  await expect(entries.nth(4)).toContainText("Lungs found");
  await expect(page.getByRole("status")).toContainText("1 slice ready; 4 files left out");
  await expectAccessible(page);
  await uploadAndStart(page);
  await expect(page.getByRole("rowheader")).toHaveCount(1);
});

test("a file can be taken off the list, and more can be added", async ({ page, request }) => {
  const [first, second] = [await example(request, "healthy-0.png"), await example(request, "healthy-1.png")];
  const entries = await choose(page, [first, checkerboard()]);
  await page.getByRole("button", { name: "Remove checkerboard.png" }).click();
  await expect(entries).toHaveCount(1);
  await page.getByLabel("CT slices").setInputFiles([second]);
  await expect(entries).toHaveCount(2);
  // What the user has chosen is still there after a look at another page.
  await page.getByRole("link", { name: "about the risk", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("About the risk");
  await page.evaluate(() => history.back());
  await expect(entries).toHaveCount(2);
});

test("a change after the upload asks for another upload", async ({ page, request }) => {
  await choose(page, [await example(request, "healthy-0.png")]);
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("button", { name: "Start" })).toBeEnabled();
  await setSlider(page.getByRole("slider", { name: /Threshold/ }), 100);
  await expect(page.getByRole("button", { name: "Start" })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Upload" })).toBeEnabled();
});

test("the focus goes on when what has it is taken away or disabled", async ({ page, request }) => {
  await choose(page, [await example(request, "healthy-0.png"), await example(request, "healthy-1.png"), checkerboard()]);
  await expect(page.getByRole("status")).toContainText("2 slices ready");
  const press = async (name: string) => {
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
  };
  await press("Remove healthy-0.png");
  await expect(page.getByRole("button", { name: "Remove healthy-1.png" })).toBeFocused();
  await press("Remove checkerboard.png");
  await expect(page.getByRole("button", { name: "Remove healthy-1.png" })).toBeFocused();
  await page.route("**/api/v1/uploads", () => {
    // Never answered.
  });
  await press("Upload");
  await press("Stop the upload");
  await expect(page.getByRole("button", { name: "Upload", exact: true })).toBeFocused();
  await page.unroute("**/api/v1/uploads");
  await press("Upload");
  await expect(page.getByRole("button", { name: "Start" })).toBeFocused();
  await press("Remove healthy-1.png");
  await expect(page.getByLabel("CT slices")).toBeFocused();
});

test("what changes while it is sent has to be sent again", async ({ page, request }) => {
  await choose(page, [await example(request, "healthy-0.png")]);
  const slider = page.getByRole("slider", { name: /Threshold/ });
  await expect(slider).toBeEnabled();
  await page.route("**/api/v1/uploads", () => {
    // Never answered.
  });
  const upload = page.getByRole("button", { name: "Upload", exact: true });
  const grouping = page.getByRole("checkbox", { name: "All slices belong to one patient" });
  await upload.click();
  await expect(grouping).toBeDisabled();
  await page.getByRole("button", { name: "Stop the upload" }).click();
  await expect(grouping).toBeEnabled();
  // In one go, so that the mask for the new threshold is not there yet when the upload begins.
  await slider.evaluate((node: HTMLInputElement) => {
    node.value = "100";
    node.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector<HTMLButtonElement>(".send-buttons .button")!.click();
  });
  await expect(page.getByRole("alert")).toContainText("has changed while it was sent");
  await expect(upload).toBeEnabled();
  await page.unroute("**/api/v1/uploads");
  await uploadAndStart(page);
});

test("dropped files are taken", async ({ page, request }) => {
  const slice = await example(request, "healthy-0.png");
  const entries = await choose(page, []);
  const transfer = await page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
    return transfer;
  }, [...slice.buffer]);
  await page.locator(".picker").dispatchEvent("drop", { dataTransfer: transfer });
  await expect(entries).toHaveCount(1);
  await expect(entries).toContainText("dropped.png");
  await expect(page.getByRole("status")).toContainText("1 slice ready");
  await page.route("**/api/v1/uploads", () => {
    // Never answered.
  });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.locator(".picker").dispatchEvent("drop", { dataTransfer: transfer });
  await expect(page.getByRole("alert")).toContainText("No files are taken while something is sent");
  await expect(entries).toHaveCount(1);
});

test.describe("when pictures of a result are gone", () => {
  test.use({ expectedStatuses: [404] });

  test("it is said, once", async ({ page, request }) => {
    await choose(page, [await example(request, "covid-1.png")]);
    await uploadAndStart(page);
    await expect(page.getByRole("img", { name: /Heatmap/ }).first()).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await page.route("**/heatmap.png?*", (route) => route.fulfill({ status: 404 }));
    const asked = page.getByRole("group", { name: "Heatmap" }).getByRole("combobox", { name: "What spoke for" });
    for (const name of ["Pneumonia", "Healthy", "COVID-19"]) await asked.selectOption(name);
    await expect(page.getByRole("alert")).toHaveText(/^Pictures of this result could not be loaded/);
    await expectAccessible(page);
  });
});

test.describe("when the server does not tell how an analysis goes on", () => {
  test.use({ expectedStatuses: [404, 503] });

  test("it is asked again", async ({ page, request }) => {
    const id = await longAnalysis(request);
    await page.route("**/events", (route) => route.fulfill({ status: 503 }));
    await page.goto(`/diagnosis/${id}`);
    await expect(page.getByRole("alert")).toContainText("The connection to the server was lost");
    await page.unroute("**/events");
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Download Word report" })).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole("progressbar")).toHaveCount(0);
  });

  test("its reason is shown", async ({ page, request }) => {
    const id = await longAnalysis(request);
    await page.route("**/events", (route) =>
      route.fulfill({
        contentType: "text/event-stream",
        body: 'event: error\ndata: {"error":"there is no room for the result","slices":[]}\n\n',
      }),
    );
    await page.goto(`/diagnosis/${id}`);
    await expect(page.getByRole("alert")).toContainText("There is no room for the result. This page looks again by itself");
  });

  test("an analysis that is gone is not waited for", async ({ page, request }) => {
    const id = await longAnalysis(request);
    const gone = { status: 404, json: { error: "unknown analysis", slices: [] } };
    await page.route("**/events", (route) => route.fulfill(gone));
    await page.route(`**/api/v1/analyses/${id}`, (route) => route.fulfill(gone));
    await page.goto(`/diagnosis/${id}`);
    await expect(page.getByRole("alert")).toHaveText("The server no longer keeps this analysis.");
    await expect(page.getByRole("progressbar")).toHaveCount(0);
  });
});

test.describe("when the server refuses", () => {
  test.use({ expectedStatuses: [429, 404] });

  test("a busy server is waited for, and the waiting can be stopped", async ({ page, request }) => {
    await choose(page, [await example(request, "healthy-0.png")]);
    await page.route("**/api/v1/uploads", (route) =>
      route.fulfill({
        status: 429,
        headers: { "Retry-After": "3" },
        json: { error: "the server is busy", slices: [] },
      }),
    );
    await page.getByRole("button", { name: "Upload" }).click();
    // The seconds stand beside it: what is read aloud does not change with each.
    await expect(page.getByRole("status")).toHaveText("The server is busy; it is asked again by itself.");
    await expect(page.getByText(/^\d seconds? to go\.$/)).toBeVisible();
    await page.getByRole("button", { name: "Stop waiting" }).click();
    await expect(page.getByRole("status")).toContainText("1 slice ready to upload.");
    // Left alone it is let in as soon as the server has room.
    await page.getByRole("button", { name: "Upload" }).click();
    await expect(page.getByRole("status")).toContainText("The server is busy");
    await page.unroute("**/api/v1/uploads");
    await expect(page.getByRole("status")).toContainText("Upload complete");
  });

  test("an upload that was stopped while it waited asks no more", async ({ page, request }) => {
    await choose(page, [await example(request, "healthy-0.png")]);
    let asked = 0;
    await page.route("**/api/v1/uploads", (route) => {
      asked++;
      return route.fulfill({
        status: 429,
        headers: { "Retry-After": "6" },
        json: { error: "the server is busy", slices: [] },
      });
    });
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByRole("button", { name: "Stop waiting" }).click();
    await page.getByRole("button", { name: "Upload" }).click();
    await expect(page.getByRole("status")).toContainText("The server is busy");
    // Asked by the second press alone once it has waited; the next time is six seconds off.
    await expect.poll(() => asked).toBeGreaterThan(2);
    await page.waitForTimeout(1500);
    expect(asked).toBe(3);
  });

  test("an upload that the server no longer has can be sent again", async ({ page, request }) => {
    await choose(page, [await example(request, "healthy-0.png")]);
    await page.getByRole("button", { name: "Upload" }).click();
    await expect(page.getByRole("button", { name: "Start" })).toBeEnabled();
    await page.route("**/analysis", (route) =>
      route.fulfill({ status: 404, json: { error: "there is no such upload", slices: [] } }),
    );
    await page.getByRole("button", { name: "Start" }).click();
    await expect(page.getByRole("alert")).toContainText("There is no such upload.");
    await expect(page.getByRole("button", { name: "Upload" })).toBeEnabled();
  });
});
