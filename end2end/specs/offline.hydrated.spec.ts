// Without a connection: the pages and the masking preview work, and what needs the server says so.
import { expect, test } from "@playwright/test";
import { series } from "../support/dicom";
import { example } from "../support/slices";

test.use({ serviceWorkers: "allow" });

test("pages and masks work offline, and diagnosing says why it can't", async ({ page, context, request }) => {
  const traps: string[] = [];
  page.on("pageerror", (error) => traps.push(error.message));
  const { name, mimeType, buffer, fingerprint } = await example(request, "covid-1.png");
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  // Taken over: from now on it answers for this page.
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await context.setOffline(true);

  await page.goto("/introduction");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Introduction");
  await page.goto("/zh/introduction");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("简介");
  await page.goto("/diagnosis");
  await page.getByLabel("CT slices").setInputFiles([{ name, mimeType, buffer }]);
  await expect(page.locator("[data-fingerprint]")).toHaveAttribute("data-fingerprint", fingerprint);
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("alert")).toContainText("You are offline");
  await page.getByLabel("CT slices").setInputFiles(series(5));
  await expect(page.getByText("DICOM: 5 slices of 256 × 256 pixels")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);

  await page.goto(`/diagnosis/${"0".repeat(32)}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The server cannot be reached");
  await expect(page.getByRole("heading", { level: 2 })).toHaveText("无法连接服务器");
  await page.goto("/images");
  const picture = page.getByRole("img").first();
  expect(await picture.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth))).toBe(512);
  expect(traps).toEqual([]);
  await context.setOffline(false);
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
});

test("no result and nothing under /api is kept", async ({ page, request }) => {
  const { name, mimeType, buffer } = await example(request, "covid-1.png");
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await page.goto("/diagnosis");
  await expect(page.getByRole("button", { name: "Upload" })).toBeVisible();
  await page.getByLabel("CT slices").setInputFiles([{ name, mimeType, buffer }]);
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByRole("status")).toContainText("Upload complete");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/diagnosis\/[0-9a-f]{32}$/);
  // Once more from the server, through the worker, with all its pictures.
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Result");
  await page.waitForLoadState("networkidle");
  const kept = await page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) paths.push(new URL(url).pathname);
    }
    return paths;
  });
  expect(kept).toContain("/diagnosis");
  expect(kept.filter((path) => path.startsWith("/api") || /\/diagnosis\/./.test(path))).toEqual([]);
});

test("can be installed", async ({ page, request }) => {
  await page.goto("/");
  const link = await page.locator('link[rel="manifest"]').getAttribute("href");
  const manifest = await (await request.get(link!)).json();
  expect(manifest.display).toBe("standalone");
  for (const { src, type } of manifest.icons) {
    const icon = await request.get(src);
    expect(icon.headers()["content-type"], src).toBe(type);
  }
});
