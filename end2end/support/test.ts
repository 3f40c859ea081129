// The `test` of every spec: a page on which nothing may go wrong unseen.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

type Fixtures = {
  /** Statuses that this test provokes; the browser reports each as an error on its console. */
  expectedStatuses: number[];
};

export const test = base.extend<Fixtures>({
  expectedStatuses: [[], { option: true }],
  page: async ({ page, baseURL, expectedStatuses }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      const text = message.text();
      const expected = expectedStatuses.some((status) => text.includes(`status of ${status}`));
      // Violations of the page's policy come as errors, too.
      if (message.type() === "error" && !expected) complaints.push(text);
      if (message.type() === "warning" && /hydrat|panick/i.test(text)) complaints.push(text);
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    const own = new URL(baseURL ?? "").origin;
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== own) {
        complaints.push(`foreign origin: ${request.url()}`);
      }
    });
    await use(page);
    expect(complaints, "the console is quiet and nothing foreign is asked for").toEqual([]);
  },
});

/** Holds the page as it is now to WCAG 2.2 AA and axe's best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  const looked = test.info().project.use.javaScriptEnabled === false ? await copyForAxe(page) : page;
  const { violations } = await new AxeBuilder({ page: looked }).analyze();
  const told = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
  expect(told).toEqual([]);
  if (looked !== page) await looked.context().close();
}

/** axe itself is a script: a page without scripts is shown to it in another context, where none of its own is loaded. */
async function copyForAxe(page: Page): Promise<Page> {
  const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const { viewport, isMobile, hasTouch } = test.info().project.use;
  const context = await page.context().browser()!.newContext({
    javaScriptEnabled: true, // the project's own setting would be taken over
    viewport,
    isMobile,
    hasTouch,
    colorScheme: dark ? "dark" : "light",
  });
  const copy = await context.newPage();
  const body = await page.content();
  await copy.route("**/*.js", (route) => route.abort());
  await copy.route(page.url(), (route) => route.fulfill({ contentType: "text/html", body }));
  await copy.goto(page.url());
  return copy;
}

/** Nothing reaches over the side of the page. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { content, view } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    view: document.documentElement.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(view);
}

export { expect };
