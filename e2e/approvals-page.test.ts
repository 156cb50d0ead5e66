/**
 * Guarantee: a person decides on a phone and with a keyboard, sees the whole call as inert text, and a signed link
 * shows one approval to one person, whatever opens it first.
 */
import { createServer } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, DESK, launchBrowser, PHONE, watch } from "./console-browser.ts";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { post } from "./raw-http.ts";
import { completion, sendJson, startReplayUpstream } from "./replay-upstream.ts";

const HOLDS = `
@id("mails-need-approval")
@action("hold")
@severity("high")
@message("Mail leaves the house only with an approval.")
@description("Every call of the tool send_mail.")
forbid (principal, action == Action::"tool_call", resource)
when { context.tool.name == "send_mail" };
`;
const HOSTILE = '<img src=x onerror="alert(1)"> \u202etxt [x](javascript:alert(2))';

const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let seen: readonly string[];
const told: { readonly link: string; readonly text: string }[] = [];
const chat = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const { text, blocks } = JSON.parse(Buffer.concat(pieces).toString());
    told.push({ text, link: blocks[1].elements[0].url });
    response.end("ok");
  });
});

const hold = async (to: string, subject = "Offer"): Promise<string> => {
  const call = {
    id: "call_1",
    type: "function",
    function: { name: "send_mail", arguments: JSON.stringify({ to: [to], subject, body: "As agreed." }) },
  };
  upstream.answer((_request, response) =>
    sendJson(response, 200, completion(null, { tool_calls: [call] }, "tool_calls")),
  );
  const answer = await post(
    `${parapet.url}/v1/chat/completions`,
    JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: `Write to ${to}` }] }),
    { "x-parapet-agent": "mailer", "x-parapet-user": "ada", "x-parapet-session": "s-1" },
  );
  return String(answer.headers["x-parapet-approval"]);
};
const stateOf = async (id: string): Promise<string> => (await parapet.api("GET", `/approvals/${id}`)).body.state;
const faults = async (on: Page): Promise<string[]> => {
  if (!(await on.evaluate(() => "axe" in window))) await on.evaluate(axe.source);
  const { violations } = await on.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
};
const signIn = async (on: Page, token: string): Promise<void> => {
  await on.goto(`${parapet.url}/#token=${token}`);
  // The page that signs in has a heading too: who goes on at once is not signed in yet.
  await on.getByRole("navigation").waitFor();
};

describe.skipIf(chromiumPath === undefined)("approvals in the console", () => {
  beforeAll(async () => {
    const policies = join(data, "policies");
    mkdirSync(policies, { recursive: true });
    writeFileSync(join(policies, "hold.cedar"), HOLDS);
    await new Promise<void>((resolve) => chat.listen(0, "127.0.0.1", resolve));
    const address = chat.address();
    const port = typeof address === "object" ? address?.port : 0;
    upstream = await startReplayUpstream();
    [parapet, browser] = await Promise.all([
      startParapet({
        configuration: configurationOf(
          [{ upstream: upstream.url, trust_identity_headers: "true" }],
          `approvals:
  notify:
    - { id: grace-chat, kind: slack, url: "http://127.0.0.1:${port}/hook", approver: grace, allow_private: true }`,
          policies,
        ),
        data,
      }),
      launchBrowser(),
    ]);
    const grace = await parapet.api("POST", "/users", { name: "grace", role: "approver" });
    context = await browser.newContext({ viewport: PHONE, reducedMotion: "reduce", hasTouch: true });
    context.setDefaultTimeout(10_000);
    seen = watch(context, parapet.url);
    page = await context.newPage();
    await signIn(page, grace.body.token);
  });
  afterAll(async () => {
    await browser?.close();
    await parapet?.stop();
    await upstream?.close();
    chat.close();
    removeFolder(data);
  });

  test("a call that comes while the page is open appears, and is approved with a thumb", async () => {
    await page.goto(`${parapet.url}/approvals`);
    await page.getByRole("heading", { name: "Nothing waits for a person." }).waitFor();
    const id = await hold("partner@firm.example");
    await page.getByRole("heading", { name: "1 thing waits for a person." }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole("link", { name: /agent mailer wants to call send_mail/ }).tap();
    await page.getByRole("heading", { name: "agent mailer wants to call send_mail" }).waitFor();
    await page.getByText("partner@firm.example", { exact: true }).waitFor();
    await page.getByText("the user said it").first().waitFor();
    if (process.env["PARAPET_PICTURES"] !== undefined)
      await page.screenshot({ path: join(process.env["PARAPET_PICTURES"], "approval.png"), fullPage: true });
    expect(await faults(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    const button = page.getByRole("button", { name: "Approve once" });
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await button.tap();
    await page.getByText("approved, not used yet by grace").waitFor();
    expect(await stateOf(id)).toBe("approved");
  });

  test("a call is denied with the keyboard, and no key alone decides", async () => {
    await page.setViewportSize(DESK);
    const id = await hold("stranger@elsewhere.example", HOSTILE);
    await page.goto(`${parapet.url}/approvals`);
    await page.getByRole("heading", { name: "1 thing waits for a person." }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Deny" }).waitFor();
    expect(await page.locator("img").count()).toBe(0);
    await page.keyboard.press("a");
    await page.keyboard.press("d");
    expect(await stateOf(id)).toBe("pending");
    await page.keyboard.press("Enter");
    await page.getByText("denied by grace").waitFor();
    expect(await stateOf(id)).toBe("denied");
  });

  test("a signed link shows one approval to who is not signed in, and whatever opens it first decides nothing", async () => {
    const id = await hold("link@firm.example");
    const { link } = await eventually(async () => told.find((one) => one.link.includes(id)));
    expect(told.at(-1)?.text).toContain("agent mailer wants to call send_mail");
    expect(told.at(-1)?.text).not.toContain("link@firm.example");
    // A preview fetches the address, which never holds the token.
    const preview = await fetch(link);
    expect(preview.status).toBe(200);
    expect(await stateOf(id)).toBe("pending");

    const other = await browser.newContext({ viewport: PHONE, reducedMotion: "reduce" });
    const phone = await other.newPage();
    await phone.goto(link);
    await phone.getByRole("heading", { name: "agent mailer wants to call send_mail" }).waitFor();
    await phone.getByText("You decide as grace.").waitFor();
    expect(await faults(phone)).toEqual([]);
    expect(await stateOf(id)).toBe("pending");
    await phone.getByLabel(/^Why/).fill("Known partner.");
    await phone.getByRole("button", { name: "Approve once" }).click();
    await phone.getByText("approved, not used yet by grace").waitFor();
    expect(await stateOf(id)).toBe("approved");
    const again = await phone.evaluate(async (token) => {
      const body = JSON.stringify({ token, decision: "deny" });
      const answer = await fetch("/api/v1/approval-links/decision", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return answer.status;
    }, new URL(link).hash.slice("#link=".length));
    expect(again).toBe(409);
    await phone.goto(`${link.slice(0, -2)}00`);
    await phone.getByText("This link is not valid, or not any more.").waitFor();
    await other.close();
  });

  test("through all of this no dialog opened, no policy was broken and no request left the origin", () => {
    expect(seen).toEqual([]);
  });
});
