// Example images, with a script and without: each beside its lungs alone, and large at a click.
import { type Locator, type Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "../support/test";

const NAME = "Synthetic slice, COVID-19, example 2";

const small = (page: Page, name = NAME) => page.getByRole("button", { name: `Enlarge: ${name}`, exact: true });
const large = (page: Page, name = NAME) => page.getByRole("dialog", { name, exact: true });

/** How many pixels wide the picture is that has been loaded; 0 before. */
const width = (picture: Locator) => picture.evaluate((node: HTMLImageElement) => node.naturalWidth);

test("every example has its lungs beside it, and both load", async ({ page }) => {
  await page.goto("/images");
  const pictures = page.locator(".enlarge img");
  await expect(pictures).toHaveCount(18);
  await expect(page.locator(".enlarge img[src$='.png?masked']")).toHaveCount(9);
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => width(picture)).toBe(512);
  }
});

test("a picture opens large and closes by keyboard", async ({ page }) => {
  await page.goto("/images");
  await expect(large(page)).toBeHidden();
  await small(page).focus();
  await page.keyboard.press("Enter");
  await expect(large(page)).toBeVisible();
  await expect.poll(() => width(large(page).getByRole("img"))).toBe(512);
  await expect(large(page).getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(large(page)).toBeHidden();
  await expect(small(page)).toBeFocused();

  await page.keyboard.press("Enter");
  await expect(large(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(large(page)).toBeHidden();
  await expect(small(page)).toBeFocused();
});

test("a picture opens large and closes by click, beside it too", async ({ page }) => {
  await page.goto("/images");
  const name = `${NAME}, the lungs alone`;
  await small(page, name).click();
  await expect(large(page, name)).toBeVisible();
  await expect.poll(() => width(large(page, name).getByRole("img"))).toBe(512);
  await large(page, name).getByRole("button", { name: "Close" }).click();
  await expect(large(page, name)).toBeHidden();

  await small(page).click();
  await expect(large(page)).toBeVisible();
  await page.mouse.click(2, 2);
  await expect(large(page)).toBeHidden();
});

for (const size of [320, 1440]) {
  test(`a large picture fits ${size} px and is accessible`, async ({ page }) => {
    await page.setViewportSize({ width: size, height: 700 });
    await page.goto("/images");
    await small(page).click();
    await expect.poll(() => width(large(page).getByRole("img"))).toBe(512);
    await expectNoSidewaysScroll(page);
    const box = await large(page).boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(size);
    expect(box!.y + box!.height).toBeLessThanOrEqual(700);
    await expect(large(page).getByRole("button", { name: "Close" })).toBeInViewport();
    await expectAccessible(page);
  });
}

test("slices to try are told of below the diagnosis", async ({ page }) => {
  await page.goto("/diagnosis");
  const section = page.getByRole("region", { name: "Where to find slices" });
  await expect(section.getByRole("listitem")).toHaveCount(5);
  await expect(section).toContainText("MosMedData");
});
