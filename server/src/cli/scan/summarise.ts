import type { Category } from "@parapet/model";
import type { ScanSummary } from "./tally.ts";

const WORDS: Readonly<Record<Category, string>> = {
  prompt_injection: "prompt injection",
  jailbreak: "a jailbreak",
  hidden_text: "hidden text",
  encoded_payload: "an encoded payload",
  secret: "a secret",
  personal_data: "personal data",
  system_prompt_leak: "a leaked system prompt",
  exfiltration: "an exfiltration channel",
  unsafe_markup: "unsafe markup",
  internal_name: "an internal name",
  refusal: "a refusal",
  unsafe_code: "unsafe code",
  requested_action: "a request of a document's own",
  goal_change: "an answer that obeys a document",
  unsafe_content: "unsafe content",
};

export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const listOf = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;

const isCategory = (name: string): name is Category => Object.hasOwn(WORDS, name);

/** The sentence that a reader came for. */
export const summarySentence = (summary: ScanSummary): string => {
  const read = [
    ...(summary.exchanges > 0 || summary.documents === 0 ? [countOf(summary.exchanges, "exchange")] : []),
    ...(summary.documents > 0 ? [countOf(summary.documents, "document")] : []),
  ];
  const where = `${listOf(read)} in ${countOf(summary.files, "file")}`;
  if (summary.withMatches === 0) return `${where}: nothing found.`;
  const found = Object.entries(summary.byCategory)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${count.toLocaleString("en")} with ${isCategory(name) ? WORDS[name] : name}`);
  return `${where}: ${listOf(found)}.`;
};

/** What the sentence cannot speak for; empty when everything was read. */
export const uninspectedSentence = (summary: ScanSummary): string => {
  const unreadable = Object.entries(summary.unreadableParts);
  const total = unreadable.reduce((sum, [, count]) => sum + count, 0);
  const parts = [
    ...(total === 0
      ? []
      : [`${countOf(total, "part")} (${unreadable.map(([what, count]) => `${count} ${what}`).join(", ")})`]),
    ...(summary.unreadTexts > 0 ? [countOf(summary.unreadTexts, "text") + " only in part"] : []),
    ...(summary.malformedLines > 0 ? [countOf(summary.malformedLines, "malformed line")] : []),
    ...(summary.skippedFiles > 0
      ? [countOf(summary.skippedFiles, "skipped file or folder", "skipped files or folders")]
      : []),
  ];
  return parts.length === 0 ? "" : `Not inspected: ${listOf(parts)}.`;
};
