import { z } from "zod";
import { Direction } from "./segment.ts";

/** What stands in a body beside its texts: a word of the format, an id, a short number; or what was left out there. */
export const OutlineValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.object({ left: z.string().describe("What stands there and is not kept, in words: `16 numbers`") }),
]);
export type OutlineValue = Readonly<z.infer<typeof OutlineValue>>;

/** The members of a body that are no texts, so that its shape can be shown. Sealed with the texts, and kept only with them. */
export const BodyOutline = z.object({
  direction: Direction,
  members: z.array(z.tuple([z.string().describe("JSON pointer"), OutlineValue])),
  cut: z.boolean().describe("There are more members than are kept"),
});
export type BodyOutline = Readonly<z.infer<typeof BodyOutline>>;
