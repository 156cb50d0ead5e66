import { z } from "zod";
import { Provenance } from "./provenance.ts";

export const DIRECTIONS = ["request", "response"] as const;
export const Direction = z.enum(DIRECTIONS);
export type Direction = z.infer<typeof Direction>;

/** One piece of text in an exchange. */
export const Segment = z.object({
  index: z.int().nonnegative().describe("Position within the exchange; requests first, then the response"),
  direction: Direction,
  pointer: z.string().describe("JSON pointer (RFC 6901) of the string in the body, as received"),
  role: z.string().describe("Role or field name in the protocol's own words"),
  provenance: Provenance,
  text: z.string(),
});
export type Segment = Readonly<z.infer<typeof Segment>>;
