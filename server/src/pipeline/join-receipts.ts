import type { CompactReceipt, ReceiptEntry } from "@parapet/model";

const NOTHING: CompactReceipt = { detectors: [], segments: [], reasons: [], parts: [] };

/**
 * One receipt for several parts of an exchange, which had the same detectors, one of them perhaps a second opinion
 * behind them; `entries` come behind their parts.
 */
export const joinReceipts = (
  receipts: readonly CompactReceipt[],
  entries: readonly ReceiptEntry[] = [],
): CompactReceipt => {
  const [first = NOTHING, ...rest] = receipts;
  if (rest.length === 0) return entries.length === 0 ? first : { ...first, parts: [...first.parts, ...entries] };
  return {
    detectors: rest.reduce(
      (longest, { detectors }) => (detectors.length > longest.length ? detectors : longest),
      first.detectors,
    ),
    segments: receipts.flatMap(({ segments }) => segments),
    reasons: receipts.flatMap(({ reasons }) => reasons),
    parts: [...receipts.flatMap(({ parts }) => parts), ...entries],
  };
};
