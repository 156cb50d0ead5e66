import { z } from "zod";
import { ToolPin } from "../tool-pin.ts";

/** `GET /api/v1/tools`: held ones first, then by server and name. */
export const ToolPinsAnswer = z.object({
  items: z.array(ToolPin),
  held: z.int().nonnegative().describe("How many wait for approval"),
});
export type ToolPinsAnswer = z.infer<typeof ToolPinsAnswer>;

/** `POST /api/v1/tools/approve`: the definition with this hash is in force from now on. */
export const ToolApproval = z.strictObject({
  server: z.string().max(200),
  tool: z.string().max(500),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("Of the definition that was looked at; another one stays held"),
});
export type ToolApproval = Readonly<z.infer<typeof ToolApproval>>;
