// The pages in a real browser. `cargo xtask test` starts the server and sets LUNGSIGHT_URL; alone:
//   LUNGSIGHT_URL=http://127.0.0.1:8080 npx playwright test
// For the specs of the PACS page a second server, told of an archive that the tests start themselves:
//   lungsight serve --addr 127.0.0.1:8081 --dicomweb http://127.0.0.1:8042/dicom-web
//   LUNGSIGHT_PACS_URL=http://127.0.0.1:8081 LUNGSIGHT_DICOMWEB_PORT=8042 npx playwright test pacs
import { existsSync } from "node:fs";
import { defineConfig, type PlaywrightTestConfig } from "@playwright/test";

const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const desktop = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

// What needs the hydrated page, and what needs a page without a script; the rest is run both ways.
const hydrated = /\.hydrated\.spec\.ts$/;
const plain = /\.plain\.spec\.ts$/;

const config: PlaywrightTestConfig = {
  testDir: "specs",
  globalSetup: "./support/setup.ts",
  // One for all sizes of screen: what is read aloud does not depend on them.
  snapshotPathTemplate: "{testDir}/snapshots/{arg}{ext}",
  forbidOnly: !!process.env.CI,
  // A network on a CPU without AVX takes seconds per slice.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  workers: 2,
  reporter: [["list"]],
  use: {
    baseURL: process.env.LUNGSIGHT_URL ?? "http://127.0.0.1:8080",
    // Else every test would fetch all pages for later; offline.hydrated.spec.ts allows them.
    serviceWorkers: "block",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      // A name that is not localhost: over plain HTTP, browsers tell a server less about where a post comes from.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP lungsight.test 127.0.0.1"],
      // Going back finds the page as it was left, as it does for everybody.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    },
  },
  projects: [
    { name: "desktop", testIgnore: plain, use: desktop },
    { name: "phone", testIgnore: plain, use: phone },
    { name: "desktop-plain", testIgnore: hydrated, use: { ...desktop, javaScriptEnabled: false } },
    { name: "phone-plain", testIgnore: hydrated, use: { ...phone, javaScriptEnabled: false } },
  ],
};

export default defineConfig(config);
