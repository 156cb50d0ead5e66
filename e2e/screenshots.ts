/**
 * Makes docs/images from the product itself: `node --conditions=source e2e/screenshots.ts`. A day of demo traffic
 * goes through the gateway with its clock running fast, then the product starts again on the same data with the
 * time as it is. The console must be built.
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { DESK, launchBrowser, PHONE } from "./console-browser.ts";
import { sceneCallers, sceneConfiguration, sceneReply } from "./console-scene.ts";
import { ADMIN_TOKEN, eventually, removeFolder, startParapet, temporaryFolder } from "./parapet-process.ts";
import { startReplayUpstream } from "./replay-upstream.ts";

const IMAGES = join(import.meta.dirname, "..", "docs", "images");
const IMAGE_BYTES_MAX = 250_000;
const DAY_MS = 86_400_000;
const PLAY_MS = 60_000;
const RUNS = 4;

/** A day as an assistant with a few attackers sees it: most calls are ordinary, more of them by day than by night. */
const playDay = async (url: string): Promise<void> => {
  const callers = sceneCallers(url);
  const desks = ["claims-desk", "sales-desk", "night-batch", "help-centre"];
  const endMs = Date.now() + PLAY_MS;
  for (let at = 0; Date.now() < endMs; at += 1) {
    const caller = {
      user: desks[at % desks.length] ?? "",
      session: `ticket-${2_200 + Math.floor(at / 5)}`,
      model: at % 3 === 0 ? "gpt-4o" : "gpt-4o-mini",
    };
    const support = { ...caller, path: "/support/v1" };
    const share = 1 - (endMs - Date.now()) / PLAY_MS;
    await (at % 4 === 0
      ? callers.tools({ ...caller, agent: "order-desk" })
      : callers.benign(at % 3 === 0 ? support : caller));
    if (at % 17 === 3) await callers.secret(at % 2 === 0 ? support : caller);
    if (at % 23 === 5) await callers.document({ ...caller, session: "supplier-review" });
    if (at % 37 === 11) await callers.injection({ ...caller, user: "web-visitor" });
    if (at % 41 === 9) await callers.injection({ ...support, user: "web-visitor" });
    if (at % 61 === 20) await callers.hidden({ ...caller, user: "web-visitor" });
    if (at % 53 === 30) await callers.chart(caller);
    if (at % 67 === 40) await callers.image(caller);
    if (at % 89 === 60) await callers.failing(caller);
    // Quiet at both ends of the day that is shown, busy in its middle.
    await new Promise((resolve) => setTimeout(resolve, 40 + 220 * Math.cos(share * Math.PI) ** 2));
  }
};

const takePictures = async (url: string, browser: Browser, exchange: string, finding: string): Promise<void> => {
  const pages = {
    overview: "/",
    exchanges: "/exchanges",
    exchange: `/exchanges/${exchange}`,
    findings: `/findings?selected=${finding}`,
    rules: "/rules?rule=blocked-injection",
    hunt: "/hunt?where=source%20%3D%20gateway%20and%20kind%20%3D%20exchange.closed&by=verdict",
    policies: "/policies",
    "self-test": "/self-test",
    agents: "/agents",
    agent: "/agents?agent=order-desk",
    behaviour: "/behaviour",
    sources: "/sources",
    coverage: "/coverage",
    evidence: "/evidence",
  };
  const sessions = [
    { suffix: "light", colorScheme: "light", viewport: DESK, names: Object.entries(pages) },
    { suffix: "dark", colorScheme: "dark", viewport: DESK, names: Object.entries(pages) },
    {
      suffix: "phone-light",
      colorScheme: "light",
      viewport: PHONE,
      names: Object.entries(pages).filter(([name]) => name === "overview" || name === "exchange"),
    },
  ] as const;
  for (const { suffix, colorScheme, viewport, names } of sessions) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(`${url}/#token=${ADMIN_TOKEN}`);
    await page.getByRole("navigation").waitFor();
    for (const [name, path] of names) {
      await page.goto(url + path);
      await page.locator("main h1").first().waitFor();
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
      await page.waitForTimeout(500);
      if (name === "evidence") {
        await page.getByRole("button", { name: "Verify now" }).click();
        await page.getByText(/✓ All/).waitFor();
      }
      const file = join(IMAGES, `${name}-${suffix}.png`);
      await page.screenshot({ path: file });
      const bytes = statSync(file).size;
      console.log(`${name}-${suffix}.png ${Math.round(bytes / 1_000)} KB`);
      if (bytes > IMAGE_BYTES_MAX) throw new Error(`${file} is larger than ${IMAGE_BYTES_MAX} bytes`);
    }
    await context.close();
  }
};

mkdirSync(IMAGES, { recursive: true });
const data = temporaryFolder();
const upstream = await startReplayUpstream();
upstream.answer(sceneReply);
const configuration = sceneConfiguration(upstream.url, "self_test: { rowsPerSecond: 500 }");
const clock = {
  NODE_OPTIONS: `--import=${join(import.meta.dirname, "passing-clock.ts")}`,
  PARAPET_CLOCK_BEHIND_MS: String(DAY_MS - 600_000),
  PARAPET_CLOCK_TIMES: String(DAY_MS / (PLAY_MS + 6_000)),
};
const yesterday = await startParapet({ configuration, data, env: clock });
await playDay(yesterday.url);
await yesterday.stop();
const today = await startParapet({ configuration, data });
const browser = await launchBrowser();
try {
  const callers = sceneCallers(today.url);
  await callers.benign({ user: "sales-desk", session: "ticket-2301" });
  const exchange = await callers.document({ user: "claims-desk", session: "supplier-review" });
  await callers.secret({ user: "help-centre", session: "ticket-2302" });
  await callers.benign({ user: "claims-desk", session: "ticket-2303" });
  await eventually(
    async () => ((await today.api("GET", `/exchanges/${exchange}`)).body.evidence?.checkpoint ? true : undefined),
    30_000,
  );
  for (let turn = 0; turn < RUNS; turn += 1) {
    await today.api("POST", "/self-test/runs");
    await eventually(
      async () => ((await today.api("GET", "/self-test/runs")).body.running === undefined ? true : undefined),
      60_000,
    );
  }
  const { body } = await today.api("GET", "/findings");
  const shown = body.items.find((one: { severity: string }) => one.severity === "critical") ?? body.items[0];
  await takePictures(today.url, browser, exchange, shown.id);
} finally {
  await browser.close();
  await today.stop();
  await upstream.close();
  removeFolder(data);
}
