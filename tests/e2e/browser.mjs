#!/usr/bin/env node
// Stands in $BROWSER: opens the address in a real Chromium, signs in, consents, waits for the landing page. An address
// with a device code in it is confirmed first, and ends at the provider.
//
// Environment: E2E_OUT, the folder for the screenshot and for what went wrong.

import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PATIENCE_MS = 60_000;
const out = process.env.E2E_OUT;
const address = process.argv[2];
const profile = mkdtempSync(join(tmpdir(), "credenza-e2e-browser-"));
const say = (line) => appendFileSync(join(out, "browser.log"), `${line}\n`);
say(`argv ${process.argv.length - 2}`);

// The flags keep it from asking anybody but the loopback interface.
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
  ],
});

async function visit() {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(address);
  const confirm = page.locator("button[form='op.deviceConfirmForm']").first();
  await page.locator("input[name=login]").or(confirm).first().waitFor();
  const byCode = await confirm.isVisible();
  if (byCode) await confirm.click();
  // The address may be a short local link, so the provider is where the login form stands.
  await page.fill("input[name=login]", "ann");
  await page.fill("input[name=password]", "any");
  const provider = new URL(page.url()).origin;
  await page.click("button[type=submit]");
  await page.waitForSelector("form[action*='/interaction/'] button[type=submit]");
  await page.click("form[action*='/interaction/'] button[type=submit]");
  if (byCode) {
    await page.waitForFunction(() => document.title === "Sign-in Success");
    return say("device code accepted");
  }
  await page.waitForURL((url) => url.origin !== provider);
  await page.waitForLoadState("load");
  const landed = new URL(page.url());
  await page.screenshot({ path: join(out, "landing.png") });
  // The query holds the code: whether it was cleared is all that may be told.
  say(`landed ${landed.origin}${landed.pathname} query ${landed.search === "" ? "cleared" : "left"}`);
  say(`title ${await page.title()}`);
  say(`text ${(await page.innerText("body")).replace(/\s+/g, " ")}`);
}

let code = 0;
try {
  await visit();
} catch (error) {
  say(`failed ${error}`);
  code = 1;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exit(code);
