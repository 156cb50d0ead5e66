import { createHmac } from "node:crypto";
import type { TenantApproval } from "@parapet/model";

const NAME_UNITS_MAX = 80;

/** Names come from models and callers: one line, cut, nothing invisible. */
const plain = (text: string, unitsMax = NAME_UNITS_MAX): string => {
  const line = text.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
  return line.length > unitsMax ? `${line.slice(0, unitsMax)}…` : line;
};

/** Slack reads `<…>` as links and mentions, others that take its messages `[…](…)`, and both these characters as marks. */
const escapeSlack = (text: string): string =>
  plain(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[*~`[\]]/g, "\u2217");

const WHAT = { tool_call: "wants to call", request: "sends a request", response: "was answered" } as const;

const whoOf = ({ agent, principal }: TenantApproval): string => (agent === undefined ? principal : `agent ${agent}`);
const toolOf = ({ server, tool }: TenantApproval): string => (server === "" ? tool : `${server}/${tool}`);

const sentence = (approval: TenantApproval, show: (text: string) => string): string => {
  const call = approval.what === "tool_call" ? ` ${show(toolOf(approval))}` : "";
  const user = approval.user === undefined ? "" : ` for ${show(approval.user)}`;
  return `${show(whoOf(approval))} ${WHAT[approval.what]}${call}${user}. ${plain(approval.message, 300)}`;
};

export interface Message {
  readonly contentType: string;
  readonly body: string;
}

/** What people and programs are told: who wants what, and where to look. Never what stands in it. */
export const messageOf = (kind: "webhook" | "slack" | "text", approval: TenantApproval, link: string): Message => {
  const until = `Until ${approval.expiresAt}, then it is denied.`;
  switch (kind) {
    case "text":
      return {
        contentType: "text/plain; charset=utf-8",
        body: `Approval needed: ${sentence(approval, plain)}\n${link}\n${until}\n`,
      };
    case "slack": {
      const text = `*Approval needed*: ${sentence({ ...approval, message: escapeSlack(approval.message) }, escapeSlack)}`;
      return {
        contentType: "application/json",
        body: JSON.stringify({
          text,
          unfurl_links: false,
          unfurl_media: false,
          blocks: [
            { type: "section", text: { type: "mrkdwn", text } },
            {
              type: "actions",
              elements: [
                { type: "button", style: "primary", text: { type: "plain_text", text: "Look and decide" }, url: link },
              ],
            },
            { type: "context", elements: [{ type: "plain_text", text: until }] },
          ],
        }),
      };
    }
    case "webhook": {
      const { tenant: _tenant, history: _history, ...data } = approval;
      const body = { type: "approval.requested", timestamp: approval.createdAt, data: { ...data, link } };
      return { contentType: "application/json", body: JSON.stringify(body) };
    }
  }
};

/** `whsec_` and base64, or any text. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);

/** Headers of Standard Webhooks: HMAC-SHA-256 of id, time and body. */
export const signedHeaders = (
  secret: string,
  id: string,
  nowMs: number,
  body: string,
): Readonly<Record<string, string>> => {
  const timestamp = Math.floor(nowMs / 1_000).toString();
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
};
