import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

/** An installed Chromium; `PARAPET_CHROMIUM` names another one. */
export const chromiumPath = [
  process.env["PARAPET_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchBrowser = (): Promise<Browser> => {
  if (chromiumPath === undefined) throw new Error("no Chromium found; set PARAPET_CHROMIUM");
  return chromium.launch({ executablePath: chromiumPath, args: ARGUMENTS });
};

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** Keeps what a page must never do: open dialogs, break its content security policy, throw, or ask another origin. */
export const watch = (context: BrowserContext, origin: string): readonly string[] => {
  const seen: string[] = [];
  const follow = (page: Page): void => {
    page.on("dialog", (dialog) => {
      seen.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
    page.on("popup", (popup) => seen.push(`popup: ${popup.url()}`));
    page.on("console", (message) => {
      // The browser itself reports an answer of 4xx; which ones are right is for the test to say.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        seen.push(`console: ${message.text()}`);
    });
  };
  context.on("page", follow);
  context.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("blob:"))
      seen.push(`request: ${request.url()}`);
  });
  return seen;
};
