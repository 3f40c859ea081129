// The site in Chinese, below /zh, with a script and without; and the way between the languages.
import { type Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "../support/test";

const PAGES = [
  { path: "/", heading: "胸部 CT 判读，全程透明", title: "Lungsight" },
  { path: "/introduction", heading: "简介", title: "简介 · Lungsight" },
  { path: "/images", heading: "示例图像", title: "示例图像 · Lungsight" },
  { path: "/diagnosis", heading: "在线诊断", title: "在线诊断 · Lungsight" },
  { path: "/reference", heading: "参考资料", title: "参考资料 · Lungsight" },
  { path: "/risk", heading: "风险说明", title: "风险说明 · Lungsight" },
];

const MENU = ["首页", "简介", "示例图像", "在线诊断", "参考资料", "风险说明", "English"];

/** The Chinese address of an English one. */
const chinese = (path: string) => (path === "/" ? "/zh" : `/zh${path}`);

/** The link to the other language; on phones the menu around it has to be opened first. */
const languageSwitch = (page: Page) => page.locator("nav a[hreflang]");

async function switchLanguage(page: Page, isMobile: boolean): Promise<void> {
  if (isMobile) await page.locator(".menu-button").click();
  await languageSwitch(page).click();
}

/** Four Latin words in a row that nobody marked as English. Names (of data, of programs) are shorter. */
const untranslated = (page: Page): Promise<string[]> =>
  page.getByRole("main").evaluate((main) => {
    const copy = main.cloneNode(true) as HTMLElement;
    for (const other of copy.querySelectorAll('[lang="en"], script, style')) other.remove();
    const texts: string[] = [];
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent ?? "");
    for (const element of copy.querySelectorAll("*")) {
      for (const name of ["alt", "aria-label", "title", "placeholder"]) texts.push(element.getAttribute(name) ?? "");
    }
    return texts.filter((text) => /[a-z][a-z'’-]*(?:\s+[a-z][a-z'’-]*){3}/i.test(text));
  });

for (const { path, heading, title } of PAGES) {
  const address = chinese(path);

  test(`${address} is there, in Chinese and accessible`, async ({ page }) => {
    const response = await page.goto(address);
    expect(response?.status()).toBe(200);
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
    await expect(page).toHaveTitle(title);
    expect(await untranslated(page)).toEqual([]);
    await expectAccessible(page);
  });

  test(`${address} fits 320 px`, async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 700 });
    await page.goto(address);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSidewaysScroll(page);
  });

  test(`${address} leads to pages in Chinese only, but for the switch`, async ({ page }) => {
    await page.goto(address);
    const links = await page.locator("a[href]:not([hreflang])").all();
    expect(links.length).toBeGreaterThan(MENU.length);
    for (const link of links) {
      // What has no language: a place on the page, pictures, files, other sites.
      await expect(link).toHaveAttribute("href", /^(#|https:|\/archives\/|\/examples\/|\/figures\/|\/zh$|\/zh[/?])/);
    }
  });

  test(`the switch leads from ${path} to ${address} and back`, async ({ page, isMobile }) => {
    await page.goto(path);
    await expect(languageSwitch(page)).toHaveText("中文");
    await expect(languageSwitch(page)).toHaveAttribute("lang", "zh-Hans");
    await switchLanguage(page, isMobile);
    await expect(page).toHaveURL(address);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
    await expect(languageSwitch(page)).toHaveText("English");
    await switchLanguage(page, isMobile);
    await expect(page).toHaveURL(path);
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  });
}

test("the menu is in Chinese, stays so and says which page is open", async ({ page, isMobile }) => {
  await page.goto("/zh");
  const menu = page.getByRole("navigation", { name: "页面" });
  if (isMobile) await page.getByRole("button", { name: "菜单" }).click();
  await expect(menu.getByRole("link")).toHaveText(MENU);
  await menu.getByRole("link", { name: "风险说明" }).click();
  await expect(page).toHaveURL("/zh/risk");
  await expect(page.locator("nav a[aria-current='page']")).toHaveText("风险说明");
});

test("the switch keeps what is asked for", async ({ page }) => {
  await page.goto("/zh/diagnosis?example=covid-1");
  await expect(languageSwitch(page)).toHaveAttribute("href", "/diagnosis?example=covid-1");
});

test("an address never leads to another site", async ({ request }) => {
  const page = await (await request.get("/zh//elsewhere.example/a")).text();
  expect(page).not.toContain('"//elsewhere.example');
});

test.describe("what is not there", () => {
  test.use({ expectedStatuses: [404] });

  test("an unknown address below /zh is a page in Chinese with status 404", async ({ page }) => {
    const response = await page.goto("/zh/no-such-page");
    expect(response?.status()).toBe(404);
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("没有这个页面");
    expect(await untranslated(page)).toEqual([]);
    await expectAccessible(page);
    await page.getByRole("link", { name: "返回首页" }).click();
    await expect(page).toHaveURL("/zh");
  });

  test("so is an unknown result", async ({ page }) => {
    const response = await page.goto("/zh/diagnosis/00000000000000000000000000000000");
    expect(response?.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("没有这个结果");
    await page.getByRole("link", { name: "分析切片" }).click();
    await expect(page).toHaveURL("/zh/diagnosis");
  });
});
