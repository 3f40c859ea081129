// Home: the menu and three large buttons.
import { expect, test } from "../support/test";

const MENU = ["Home", "Introduction", "Example images", "Online diagnosis", "Reference", "About the risk", "中文"];

test("the menu holds every page and says which one is open", async ({ page, isMobile }) => {
  await page.goto("/");
  const menu = page.getByRole("navigation", { name: "Pages" });
  const button = page.getByRole("button", { name: "Menu" });
  if (isMobile) {
    await expect(menu).toBeHidden();
    await button.click();
  } else {
    await expect(button).toBeHidden();
  }
  await expect(menu.getByRole("link")).toHaveText(MENU);
  await expect(menu.getByRole("link", { name: "Home" })).toHaveAttribute("aria-current", "page");

  await menu.getByRole("link", { name: "About the risk" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("About the risk");
  await expect(menu).toBeVisible({ visible: !isMobile });
  if (isMobile) await button.click();
  await expect(menu.getByRole("link", { name: "About the risk" })).toHaveAttribute("aria-current", "page");
});

test.describe("a result", () => {
  test.use({ expectedStatuses: [404] });

  test("belongs to the diagnosis in the menu", async ({ page }) => {
    await page.goto("/diagnosis/00000000000000000000000000000000");
    await expect(page.locator("nav a[aria-current]")).toHaveText("Online diagnosis");
    await expect(page.locator("nav a[aria-current]")).toHaveAttribute("aria-current", "true");
  });
});

test("on wide screens the menu stands to the left of the content", async ({ page, isMobile }) => {
  test.skip(isMobile, "phones have a drawer");
  await page.goto("/");
  const menu = await page.getByRole("navigation").boundingBox();
  const main = await page.getByRole("main").boundingBox();
  expect(menu!.x + menu!.width).toBeLessThanOrEqual(main!.x);
});

for (const [name, path] of [
  ["Introduction", "/introduction"],
  ["Example images", "/images"],
  ["Online diagnosis", "/diagnosis"],
]) {
  test(`the large button ${name} leads to ${path}`, async ({ page }) => {
    await page.goto("/");
    const door = page.getByRole("main").getByRole("link", { name });
    const size = await door.boundingBox();
    expect(size!.height).toBeGreaterThanOrEqual(100);
    await door.click();
    await expect(page).toHaveURL(path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  });
}

test("says what this is and is not", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("main")).toContainText("research tool, not a medical device");
});

test("everything that is pressed is large enough for a finger", async ({ page, isMobile }) => {
  test.skip(!isMobile, "a matter of phones");
  await page.goto("/");
  await page.getByRole("button", { name: "Menu" }).click();
  for (const control of await page.locator("nav a, button, .door").all()) {
    const size = await control.boundingBox();
    expect(Math.min(size!.width, size!.height)).toBeGreaterThanOrEqual(44);
  }
});
