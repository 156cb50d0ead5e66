import type { CompactReceipt } from "@parapet/model";

const NOTHING: CompactReceipt = { detectors: [], segments: [], reasons: [], parts: [] };

/** One receipt for several parts of an exchange, which had the same detectors. */
export const joinReceipts = (receipts: readonly CompactReceipt[]): CompactReceipt => {
  const [first, ...rest] = receipts;
  if (first === undefined) return NOTHING;
  if (rest.length === 0) return first;
  return {
    detectors: first.detectors,
    segments: receipts.flatMap(({ segments }) => segments),
    reasons: receipts.flatMap(({ reasons }) => reasons),
    parts: receipts.flatMap(({ parts }) => parts),
  };
};
