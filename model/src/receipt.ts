import { z } from "zod";
import { Direction } from "./segment.ts";

export const RECEIPT_OUTCOMES = ["inspected", "skipped", "unscannable", "failed", "bypassed"] as const;
export const ReceiptOutcome = z.enum(RECEIPT_OUTCOMES);
export type ReceiptOutcome = z.infer<typeof ReceiptOutcome>;

/** What one detector did with one segment. "Inspected" is never claimed for what did not run. */
export const ReceiptEntry = z.object({
  segment: z.int().nonnegative(),
  detector: z.string().describe("Detector id, or `front` for parts that no detector can read"),
  version: z.string(),
  outcome: ReceiptOutcome,
  reason: z.string().optional().describe("Why it was not inspected; or `remembered from <exchange>`"),
  place: z
    .object({ direction: Direction, pointer: z.string() })
    .optional()
    .describe("Where a part stands that is no text; absent for texts, which have segments"),
});
export type ReceiptEntry = Readonly<z.infer<typeof ReceiptEntry>>;

const LETTERS = { i: "inspected", s: "skipped", u: "unscannable", f: "failed", b: "bypassed" } as const;
const isLetter = (letter: string): letter is keyof typeof LETTERS => letter in LETTERS;

/**
 * The receipt as records carry it: one letter per segment and detector instead of one object,
 * because a long conversation has thousands of entries that say "inspected".
 */
export const CompactReceipt = z.object({
  detectors: z.array(z.string()).describe("`id@version`, in the order of the letters"),
  segments: z
    .array(z.tuple([z.int().nonnegative(), z.string().regex(/^[isufb]*$/)]))
    .describe("Segment index and one letter per detector: inspected, skipped, unscannable, failed, bypassed"),
  reasons: z
    .array(z.tuple([z.int(), z.int(), z.string()]))
    .describe("Segment (-1: each that the detector skipped), position in `detectors` (-1: all of them), why"),
  parts: z.array(ReceiptEntry).describe("Parts of the body that are no text, as the front saw them"),
});
export type CompactReceipt = Readonly<z.infer<typeof CompactReceipt>>;

export const letterOf = (outcome: ReceiptOutcome): string => outcome.charAt(0);

/** One entry per segment and detector, as the API answers. */
export const expandReceipt = (receipt: CompactReceipt): ReceiptEntry[] => {
  const reasons = new Map(receipt.reasons.map(([segment, detector, why]) => [`${segment}/${detector}`, why]));
  const entries = receipt.segments.flatMap(([segment, letters]) =>
    receipt.detectors.map((label, position): ReceiptEntry => {
      const [detector = label, version = ""] = label.split("@");
      const letter = letters.charAt(position);
      const outcome = isLetter(letter) ? LETTERS[letter] : "skipped";
      const common = outcome === "skipped" ? reasons.get(`-1/${position}`) : reasons.get(`${segment}/-1`);
      const reason = reasons.get(`${segment}/${position}`) ?? common;
      return { segment, detector, version, outcome, ...(reason !== undefined && { reason }) };
    }),
  );
  return [...entries, ...receipt.parts];
};
