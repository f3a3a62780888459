#!/usr/bin/env node
// The $BROWSER of the end-to-end tests: opens the address in Chromium, signs in, gives consent and waits for the
// callback page. If the address contains a device code, it is confirmed first, and the flow ends at the provider.
//
// If the redirect URI is https, the fingerprint of its certificate is compared with the one that Credenza showed, and
// Chromium's certificate warning is passed with its buttons.
//
// Environment: E2E_OUT, the folder for the screenshot and the log; E2E_FINGERPRINT, the fingerprint that was shown;
// E2E_BACK_TO, the redirect URI; E2E_PAGE_HOST, a host name that Chromium resolves to this machine, and E2E_PAGE_KEY,
// the SPKI hash of that server's certificate.

import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { chromium } from "playwright-core";

const PATIENCE_MS = 60_000;
const out = process.env.E2E_OUT;
const address = process.argv[2];
const profile = mkdtempSync(join(tmpdir(), "credenza-e2e-browser-"));
const say = (line) => appendFileSync(join(out, "browser.log"), `${line}\n`);
say(`argv ${process.argv.length - 2}`);

const pageHost = process.env.E2E_PAGE_HOST;

// The flags restrict Chromium to the loopback interface.
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
    `--host-resolver-rules=${pageHost ? `MAP ${pageHost} 127.0.0.1, ` : ""}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]`,
    ...(process.env.E2E_PAGE_KEY ? [`--ignore-certificate-errors-spki-list=${process.env.E2E_PAGE_KEY}`] : []),
  ],
});

// The SHA-256 fingerprint of the certificate of the server at `url`.
function fingerprint(url) {
  return new Promise((done, failed) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false }, () => {
      done(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", failed);
  });
}

// Compares the fingerprints, then continues to the page with the buttons of Chromium's warning.
async function passWarning(page, url) {
  const served = await fingerprint(url);
  if (served !== process.env.E2E_FINGERPRINT) throw new Error(`another certificate: ${served}`);
  await page.locator("#details-button").waitFor();
  say("warned about the certificate");
  await page.click("#details-button");
  await page.click("#proceed-link");
}

async function visit() {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(address);
  const confirm = page.locator("button[form='op.deviceConfirmForm']").first();
  await page.locator("input[name=login]").or(confirm).first().waitFor();
  const byCode = await confirm.isVisible();
  if (byCode) await confirm.click();
  // The address may be a short local link, so the origin of the provider is known only at its login form.
  await page.fill("input[name=login]", "ann");
  await page.fill("input[name=password]", "any");
  const provider = new URL(page.url()).origin;
  await page.click("button[type=submit]");
  await page.waitForSelector("form[action*='/interaction/'] button[type=submit]");
  const target = new URL(process.env.E2E_BACK_TO ?? "http://localhost/");
  await page.click("form[action*='/interaction/'] button[type=submit]").catch((error) => {
    if (target.protocol !== "https:") throw error;
  });
  if (process.env.E2E_FINGERPRINT) await passWarning(page, target);
  if (byCode) {
    await page.waitForFunction(() => document.title === "Sign-in Success");
    return say("device code accepted");
  }
  // A callback page on another host redirects to the final one.
  const elsewhere = (url) => pageHost !== undefined && url.hostname === pageHost;
  await page.waitForURL((url) => url.origin !== provider && !elsewhere(url) && url.protocol !== "chrome-error:");
  await page.waitForLoadState("load");
  const landed = new URL(page.url());
  await page.screenshot({ path: join(out, "landing.png") });
  // The query contains the code, so only whether it was removed is logged.
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
