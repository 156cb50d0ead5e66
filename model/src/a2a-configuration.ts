import { z } from "zod";

/** What an A2A route does with the agent behind it. */
export const A2aSettings = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        "This route's own address as callers know it, written into the agent's card. Left out: `http://`, the host that the caller asked for, and the route's path",
      ),
    card_path: z
      .string()
      .regex(/^\/[\w./-]{1,200}$/, "is a path such as /.well-known/agent-card.json")
      .default("/.well-known/agent-card.json")
      .describe("Where the agent's card stands, below the upstream"),
    card_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(300)
      .describe("How old what is known of the card may be before it is read again"),
    keys: z
      .string()
      .optional()
      .describe("Keys that the card may be signed with: the address of a JWKS document, or `file:/path` of one"),
    signature: z
      .enum(["checked", "required"])
      .default("checked")
      .describe(
        "`checked`: a card without signatures is taken, one whose signatures do not fit `keys` is not; `required`: only a card with a signature that fits",
      ),
    push_notifications: z
      .boolean()
      .default(false)
      .describe(
        "Let the agent send news of tasks to addresses that callers name: that leads past this gateway, unread",
      ),
    forward_identity: z
      .boolean()
      .default(false)
      .describe("Tell the agent for whom it is asked: x-parapet-user, x-parapet-agent, x-parapet-on-behalf-of"),
  })
  .refine(({ signature, keys }) => signature !== "required" || keys !== undefined, {
    message: "needs `keys`: a signature is worth what its keys are worth",
    path: ["signature"],
  });
export type A2aSettings = Readonly<z.infer<typeof A2aSettings>>;
