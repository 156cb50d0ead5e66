import { z } from "zod";
import { Slug } from "./identifiers.ts";

/** Where a person is told that something waits. */
export const ApprovalNotice = z
  .strictObject({
    id: Slug.describe("Name in logs and metrics"),
    kind: z
      .enum(["webhook", "slack", "text"])
      .describe(
        "`webhook`: JSON, signed as Standard Webhooks. `slack`: an incoming webhook of Slack or what understands its messages. `text`: the message as plain text",
      ),
    url: z.string().describe("Where it is posted: the address, `${ENV_NAME}` or `file:/path`"),
    secret: z
      .string()
      .optional()
      .describe("Of a `webhook`: key that signs it, `${ENV_NAME}` or `file:/path`; `whsec_` and base64, or any text"),
    approver: z
      .string()
      .optional()
      .describe(
        "User who alone reads there. The message then holds a signed link that decides as this user. Left out: a link that asks to sign in",
      ),
    allow_private: z.boolean().default(false).describe("Let the address be a private or loopback one"),
  })
  .refine(({ kind, secret }) => kind !== "webhook" || secret !== undefined, {
    message: "a webhook needs a secret to be signed with",
    path: ["secret"],
  });
export type ApprovalNotice = Readonly<z.infer<typeof ApprovalNotice>>;

export const ApprovalsConfiguration = z
  .strictObject({
    waitSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(900)
      .describe("How long a request waits for a person; then it is denied"),
    validSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(900)
      .describe("How long an approval may be used, once, after it was given; and how long a denial is remembered"),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address at which people reach this console, for links. Left out: the address that it listens on"),
    keptDays: z
      .int()
      .positive()
      .default(90)
      .describe("How long decided approvals are kept; their text as long as `retention.textDays`"),
    notify: z.array(ApprovalNotice).max(20).default([]).describe("Who is told that something waits"),
  })
  .prefault({});
export type ApprovalsConfiguration = Readonly<z.infer<typeof ApprovalsConfiguration>>;
