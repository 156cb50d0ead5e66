import { z } from "zod";
import { Severity } from "./severity.ts";

/** What a match speaks of. Policies, metrics and findings group by these. */
export const CATEGORIES = [
  "prompt_injection",
  "jailbreak",
  "hidden_text",
  "encoded_payload",
  "secret",
  "personal_data",
  "system_prompt_leak",
  "exfiltration",
  "unsafe_markup",
  "internal_name",
  "refusal",
  "unsafe_code",
  "requested_action",
  "goal_change",
  "unsafe_content",
] as const;
export const Category = z.enum(CATEGORIES);
export type Category = z.infer<typeof Category>;

/** The form of the text in which a match was found; spans always point into the original. */
export const VIEWS = ["original", "normalised", "skeleton", "decoded", "hidden", "joined"] as const;
export const View = z.enum(VIEWS);
export type View = z.infer<typeof View>;

/** One piece of evidence for (positive weight) or against (negative weight) a match. */
export const Clue = z.object({
  text: z.string().max(200).describe("The words that count, or the name of the structure"),
  weight: z.number().describe("Contribution to the score in log-odds; negative is counter-evidence"),
  why: z.string().max(200),
});
export type Clue = Readonly<z.infer<typeof Clue>>;

/** A typed span with confidence and reason, found by one detector in one segment. */
export const Match = z.object({
  detector: z.string(),
  category: Category,
  type: z.string().describe("The detector's finer kind, such as `openai-key` or `CREDIT_CARD`"),
  confidence: z.number().min(0).max(1),
  severity: Severity,
  segment: z.int().nonnegative().describe("Index of the segment"),
  start: z.int().nonnegative().describe("First UTF-16 code unit of the span in the segment as received"),
  end: z.int().nonnegative().describe("One past the last UTF-16 code unit"),
  reason: z.string().describe("Why, in one sentence a person understands; never quotes a secret"),
  view: View.default("original"),
  clues: z.array(Clue).optional(),
});
export type Match = Readonly<z.infer<typeof Match>>;
