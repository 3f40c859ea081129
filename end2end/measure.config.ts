// What is measured in the browser; no test. `cargo xtask bench-series` starts the server and runs it.
import { defineConfig } from "@playwright/test";
import config from "./playwright.config";

export default defineConfig({
  ...config,
  testDir: "measure",
  timeout: 600_000,
  workers: 1,
  projects: config.projects?.filter(({ name }) => name === "desktop"),
});
