// The same form without a script: the server masks, and answers with pages.
import { checkerboard, example, text } from "../support/slices";
import { expect, expectAccessible, test } from "../support/test";

test("from files to result and report", async ({ page, request }) => {
  await page.goto("/diagnosis");
  await page.getByLabel("CT slices").setInputFiles([
    await example(request, "covid-1.png"),
    text(),
    checkerboard(),
    await example(request, "healthy-0.png"),
  ]);
  await page.getByRole("checkbox", { name: "All slices belong to one patient" }).check();
  await page.getByRole("button", { name: "Analyse" }).click();

  await expect(page).toHaveURL(/\/diagnosis\/[0-9a-f]{32}$/);
  const rows = page.getByRole("table", { name: "Result per slice" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("covid-1.png");
  await expect(rows.nth(2)).toContainText("healthy-0.png");
  await expect(page.getByRole("region", { name: "Patient" })).toContainText("From 2 slices");
  const failed = page.getByRole("region", { name: "2 files not analysed" });
  await expect(failed).toContainText("letter.png");
  await expect(failed).toContainText("checkerboard.png");

  const heat = rows.nth(1).getByRole("img", { name: /Heatmap/ });
  await expect(heat).toHaveCSS("opacity", "0.6");
  await page.getByRole("checkbox", { name: "Heatmap" }).uncheck();
  await expect(heat).toBeHidden();
  await expectAccessible(page);

  const report = await page.getByRole("link", { name: "Download Word report" }).getAttribute("href");
  const answer = await request.get(report ?? "");
  expect((await answer.body()).subarray(0, 2).toString("latin1")).toBe("PK");
});

test("over plain HTTP from another machine the form is not taken for another site's", async ({ browser, request, baseURL }) => {
  // A page of its own: to those of the other tests, that name is a foreign origin.
  const page = await browser.newPage({ javaScriptEnabled: false });
  const elsewhere = new URL("/diagnosis", baseURL);
  elsewhere.hostname = "lungsight.test";
  await page.goto(elsewhere.href);
  await page.getByLabel("CT slices").setInputFiles([await example(request, "covid-1.png")]);
  await page.getByRole("button", { name: "Analyse" }).click();
  await expect(page).toHaveURL(/lungsight\.test:\d+\/diagnosis\/[0-9a-f]{32}$/);
  await expect(page.getByRole("table", { name: "Result per slice" }).getByRole("row")).toHaveCount(2);
  await page.close();
});

test("in Chinese the result is in Chinese", async ({ page, request }) => {
  await page.goto("/zh/diagnosis");
  await page.getByLabel("CT 切片").setInputFiles([await example(request, "covid-1.png")]);
  await page.getByRole("button", { name: "分析" }).click();
  await expect(page).toHaveURL(/\/zh\/diagnosis\/[0-9a-f]{32}$/);
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("结果");
  await expect(page.getByRole("table", { name: "每张切片的结果" }).getByRole("row")).toHaveCount(2);
  await expectAccessible(page);
});

test.describe("when nothing can be read", () => {
  test.use({ expectedStatuses: [415, 422] });

  test("in Chinese the way back is, too", async ({ page }) => {
    await page.goto("/zh/diagnosis");
    await page.getByLabel("CT 切片").setInputFiles([text(), checkerboard()]);
    await page.getByRole("button", { name: "分析" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("没有结果");
    await expect(page.getByRole("alert")).toHaveText("没有一个文件可以读取。");
    await expectAccessible(page);
    await page.getByRole("link", { name: "返回在线诊断" }).click();
    await expect(page).toHaveURL("/zh/diagnosis");
  });

  test("each file's reason is told", async ({ page }) => {
    await page.goto("/diagnosis");
    await page.getByLabel("CT slices").setInputFiles([text(), checkerboard()]);
    await page.getByRole("button", { name: "Analyse" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByRole("main")).toContainText("letter.png");
    await expect(page.getByRole("main")).toContainText("checkerboard.png");
    await expectAccessible(page);
    await page.getByRole("link", { name: "Back to the diagnosis" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Online diagnosis");
  });
});
