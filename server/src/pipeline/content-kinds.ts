import { unscannableAction, type RouteConfiguration, type UnscannableKind } from "@parapet/model";

/** Kinds of content by the words with which protocols and extractors name what they cannot read; the first that fits. */
const BY_WORDS: readonly (readonly [RegExp, UnscannableKind])[] = [
  [/\bkept by\b|\bat an address\b/, "kept"],
  [/\bencrypted by\b/, "encrypted"],
  [/\btokens?\b|\bembeddings\b|\btensor\b|\blog probabilities\b/, "numbers"],
  [/\bimage\b|\bpictures?\b/, "image"],
  [/\bfile|\bdocument|\bPDF\b|\barchive\b|\bpage\b|\bXML\b/, "document"],
  [/\baudio\b/, "audio"],
  [/\bvideo\b/, "video"],
];

const kindOfContent = (reason: string): UnscannableKind =>
  BY_WORDS.find(([words]) => words.test(reason))?.[1] ?? "other";

/** How many parts are of kinds that the route does not accept unread. */
export const countRefused = (
  route: Pick<RouteConfiguration, "unscannable">,
  parts: readonly { readonly reason: string }[],
): number => parts.filter(({ reason }) => unscannableAction(route, kindOfContent(reason)) === "block").length;
