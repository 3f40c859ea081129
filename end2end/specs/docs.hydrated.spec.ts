// The page to try the API with: nothing that its policy forbids, and an answer of the server it comes from.
import { expect, test } from "../support/test";

test("the API can be tried, and the policy of the page is kept", async ({ page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  await page.goto("/api/docs/#/health/live");
  const operation = page.locator("#operations-health-live");
  await operation.getByRole("button", { name: "Execute" }).click();
  await expect(operation.locator(".live-responses-table")).toContainText("live");
  expect(complaints).toEqual([]);
});
