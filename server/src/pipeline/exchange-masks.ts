import type {
  ExchangeOrigin,
  MaskedSpan,
  Match,
  ReceiptEntry,
  RecordedMatch,
  RestoredToken,
  RouteConfiguration,
  Segment,
} from "@parapet/model";
import { createAddressWatch } from "./address-watch.ts";
import type { Inspected } from "./inspect-segments.ts";
import type { Destination, Masks, MaskVault, Unmasked } from "./mask-vault.ts";
import { applyReplacements, replacementsBySegment, type MergedMatch, type Replacement } from "./redact.ts";

/** Spans listed with a record; a request with more is a table, and the receipt says how many there were. */
const LISTED_MAX = 1_000;

/**
 * Who and which session, as one name. Without a session every exchange is its own, and what is masked in it is put
 * back in it only.
 */
const scopeOf = (origin: ExchangeOrigin): string =>
  JSON.stringify([
    origin.tenant,
    origin.key ?? "",
    origin.principal,
    origin.user ?? "",
    origin.agent ?? "",
    origin.session,
    origin.session === "" ? origin.exchange : "",
  ]);

/**
 * A value of an earlier exchange comes back only to who proved to be the same caller, in a session that the caller
 * named. A fingerprint is a guess, and anonymous callers are many; chat protocols repeat the conversation anyway, so
 * the values are in the request again.
 */
const remembers = ({ key, sessionSource }: ExchangeOrigin): boolean =>
  key !== undefined && (sessionSource === "header" || sessionSource === "protocol");

/** An answer that is data: the caller's parser reads it, so that a quote in a value must not end a string. */
const IS_JSON = /^\s*(?:```json\s+)?(?:\{\s*["}]|\[\s*["{[])/;

/** What stands behind a token as it must be written there: inside JSON, escaped. */
const written = ({ value }: Unmasked, text: string, destination: Destination): string => {
  const escaped = JSON.stringify(value).slice(1, -1);
  if (escaped === value) return value;
  return (destination === "tool-call" ? /^\s*[{["]/ : IS_JSON).test(text) ? escaped : value;
};

/** Replaces tokens of one text that goes to the caller. */
export interface TextUnmasking {
  /** Those that begin from `from` on and before `until`. */
  readonly find: (text: string, from?: number, until?: number) => readonly (Replacement & { readonly token: string })[];
  /** Counts what really went out. */
  readonly note: (segment: number, token: string) => void;
}

/** Masking and putting back in one exchange, with the account of both. */
export const createExchangeMasks = (vault: MaskVault, origin: ExchangeOrigin, { unmask }: RouteConfiguration) => {
  let opened: Masks | undefined;
  const masked: MaskedSpan[] = [];
  const restored = new Map<string, { segment: number; token: string; times: number }>();
  const open = (): Masks => (opened ??= vault.open(scopeOf(origin), remembers(origin)));

  const tokenFor = (
    { first, start, end, all }: MergedMatch,
    segment: Segment,
    mask: ReadonlySet<Match | undefined>,
  ) => {
    // Cut for keeping, or partly covered by a match that has to go for good.
    if (end > segment.text.length || !all.every((match) => mask.has(match))) return undefined;
    // A password in what looks like an address as a whole: what is partly secret is secret.
    const category = all.some((match) => match.category === "secret") ? "secret" : first.category;
    return open().mask(first.type, category, segment.text.slice(start, end));
  };

  /** Replacements of the request; what may not be masked is labelled. */
  const maskRequest = (
    segments: readonly Segment[],
    matches: readonly RecordedMatch[],
    redact: readonly number[],
    mask: readonly number[],
  ): ReadonlyMap<number, readonly Replacement[]> => {
    if (mask.length === 0) return replacementsBySegment(matches, redact);
    const wanted = new Set<Match | undefined>(mask.map((index) => matches[index]));
    const byIndex = new Map(segments.map((segment) => [segment.index, segment]));
    return replacementsBySegment(matches, redact, (merged) => {
      const segment = byIndex.get(merged.first.segment);
      const token = segment === undefined ? undefined : tokenFor(merged, segment, wanted);
      if (segment === undefined || token === undefined) return undefined;
      const { start, end, first } = merged;
      masked.push({ segment: segment.index, start, end, type: first.type, token });
      return token;
    });
  };

  const note = (segment: number, token: string): void => {
    const key = `${segment} ${token}`;
    const known = restored.get(key);
    if (known === undefined) restored.set(key, { segment, token, times: 1 });
    else known.times += 1;
  };

  /** For one text of the response, which may grow; undefined where nothing is to be put back. */
  const unmasking = (provenance: Segment["provenance"]): TextUnmasking | undefined => {
    const destination: Destination = provenance === "tool-arguments" ? "tool-call" : "text";
    if (!(destination === "text" ? unmask.text : unmask.tool_calls)) return undefined;
    if (opened === undefined && (vault.isEmpty() || !remembers(origin))) return undefined;
    const masks = open();
    if (masks.isEmpty()) return undefined;
    const isInAddress = createAddressWatch();
    return {
      find: (text, from, until) =>
        masks.find(text, destination, from, until).flatMap((one) => {
          const { start, end, token } = one;
          return isInAddress(text, start) ? [] : [{ start, end, token, replacement: written(one, text, destination) }];
        }),
      note,
    };
  };

  /** A call's arguments with the values that the model saw as tokens, to be judged by; secrets stay tokens. */
  const reveal = (text: string): string => {
    if (text === "" || (opened === undefined && (vault.isEmpty() || !remembers(origin)))) return text;
    const tokens = open().find(text, "tool-call");
    return applyReplacements(
      text,
      tokens.map((one) => ({ start: one.start, end: one.end, replacement: written(one, text, "tool-call") })),
    );
  };

  /** Adds to the replacements of a plain response what is put back in it. */
  const unmaskResponse = (
    segments: readonly Segment[],
    redactions: ReadonlyMap<number, readonly Replacement[]>,
  ): ReadonlyMap<number, readonly Replacement[]> => {
    let all: Map<number, readonly Replacement[]> | undefined;
    for (const segment of segments) {
      const own = redactions.get(segment.index) ?? [];
      const tokens = withoutOverlaps(unmasking(segment.provenance)?.find(segment.text) ?? [], own);
      if (tokens.length === 0) continue;
      for (const { token } of tokens) note(segment.index, token);
      all ??= new Map(redactions);
      all.set(
        segment.index,
        [...own, ...tokens].toSorted((a, b) => a.start - b.start),
      );
    }
    return all ?? redactions;
  };

  /** For the records: spans by token, never a value. */
  const account = (): { masked?: MaskedSpan[]; restored?: RestoredToken[] } => ({
    ...(masked.length > 0 && { masked: masked.slice(0, LISTED_MAX) }),
    ...(restored.size > 0 && { restored: [...restored.values()].slice(0, LISTED_MAX) }),
  });

  /** What the receipt says of both. */
  const maskedReceipt = (): readonly ReceiptEntry[] =>
    masked.length === 0
      ? []
      : [receiptEntry(masked[0]?.segment ?? 0, `${masked.length} ${values(masked.length)} masked: ${kinds(masked)}`)];
  const restoredReceipt = (): readonly ReceiptEntry[] => {
    const [first] = restored.values();
    const count = restoredCount();
    return first === undefined
      ? []
      : [receiptEntry(first.segment, `${count} ${values(count)} put back for the caller`)];
  };
  const restoredCount = (): number => [...restored.values()].reduce((sum, { times }) => sum + times, 0);

  return {
    maskRequest,
    reveal,
    unmasking,
    unmaskResponse,
    /** All of them, so that no captured text holds a value. */
    masked: (): readonly MaskedSpan[] => masked,
    account,
    maskedReceipt,
    restoredReceipt,
    counts: () => ({ masked: masked.length, restored: restoredCount() }),
  };
};

/** A redaction wins over a token that it covers or touches. */
export const withoutOverlaps = <T extends Replacement>(
  tokens: readonly T[],
  redactions: readonly Replacement[],
): readonly T[] =>
  redactions.length === 0
    ? tokens
    : tokens.filter((token) => !redactions.some(({ start, end }) => token.start < end && start < token.end));

/** A part's inspection with what the receipt says of masking. */
export const withReceipt = (inspected: Inspected, entries: readonly ReceiptEntry[]): Inspected =>
  entries.length === 0
    ? inspected
    : { ...inspected, receipt: { ...inspected.receipt, parts: [...inspected.receipt.parts, ...entries] } };

const values = (count: number): string => (count === 1 ? "value" : "values");

const kinds = (spans: readonly MaskedSpan[]): string =>
  [...Map.groupBy(spans, ({ type }) => type)]
    .map(([type, group]) => (group.length === 1 ? type : `${type} ×${group.length}`))
    .join(", ");

const receiptEntry = (segment: number, reason: string): ReceiptEntry => ({
  segment,
  detector: "masking",
  version: "1",
  outcome: "inspected",
  reason,
});
