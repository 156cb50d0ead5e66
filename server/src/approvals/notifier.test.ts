import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { ApprovalNotice, type TenantApproval } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { createHttpClient, createMetrics, fakeClock, silentLogger } from "#platform";
import { heldCall, KEY } from "./approvals.fixture.ts";
import { newApproval } from "./changes.ts";
import { readLink } from "./links.ts";
import { messageOf } from "./messages.ts";
import { createNotifier } from "./notifier.ts";

const approvalOf = (change: Partial<TenantApproval> = {}): TenantApproval => {
  const held = heldCall();
  const [thing] = held.things;
  if (thing === undefined) throw new Error("nothing is held");
  return { ...newApproval(held, thing, { nowMs: 0, waitMs: 60_000, approvers: undefined }), ...change };
};

const LINK = "https://parapet.example/approvals/1";

describe("what people are told", () => {
  test("is who wants what, why it waits and where to look, and not what stands in it", () => {
    const { body } = messageOf("text", approvalOf(), LINK);
    expect(body).toBe(
      `Approval needed: agent clerk wants to call transfer for ada. Ask first.\n${LINK}\nUntil 1970-01-01T00:01:00.000Z, then it is denied.\n`,
    );
    for (const kind of ["webhook", "slack", "text"] as const)
      expect(messageOf(kind, approvalOf(), LINK).body).not.toContain("amount");
  });

  test("says in Slack nothing that a model's words could make of it", () => {
    const { body } = messageOf(
      "slack",
      approvalOf({ tool: "<!channel> *x* <https://evil.example|ok>\n`", agent: "a\u202e&" }),
      LINK,
    );
    const { text, blocks } = JSON.parse(body);
    expect(text).not.toMatch(/<|>|\n|`|\u202e/);
    expect(text).toContain("&lt;!channel&gt;");
    expect(blocks[1].elements[0].url).toBe(LINK);
  });
});

describe("telling", () => {
  test("signs webhooks, links for the named person alone, and tries again when nobody answers", async () => {
    const received: { headers: Record<string, unknown>; body: string }[] = [];
    let fails = 1;
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        received.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
        response.writeHead(fails-- > 0 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/hook`;
    const metrics = createMetrics();
    const notifier = createNotifier({
      places: [
        {
          notice: ApprovalNotice.parse({ id: "hook", kind: "webhook", url: "x", secret: "x", approver: "grace" }),
          url,
          secret: "whsec_c2VjcmV0",
          http: createHttpClient({ allowPrivate: true, timeoutMs: 2_000 }),
        },
      ],
      key: KEY,
      addressOf: ({ id }) => `https://parapet.example/approvals/${id}`,
      clock: fakeClock(),
      logger: silentLogger,
      metrics,
    });
    const approval = approvalOf();
    notifier.tell(approval);
    await expect.poll(() => received.length, { timeout: 5_000 }).toBe(2);
    await expect.poll(() => metrics.render(), { timeout: 5_000 }).toContain('outcome="delivered"} 1');
    notifier.tell(approvalOf({ user: "grace" }));
    await notifier.stop();
    expect(received).toHaveLength(2);
    server.close();
    const { headers, body } = received[1] ?? { headers: {}, body: "" };
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", "secret").update(signed).digest("base64")}`);
    const { link, tool } = JSON.parse(body).data;
    expect(tool).toBe("transfer");
    const token = new URL(link).hash.slice("#link=".length);
    expect(readLink(KEY, token, 59_999)).toMatchObject({ approval: approval.id, approver: "grace" });
    expect(readLink(KEY, token, 60_000)).toBeUndefined();
  });
});
