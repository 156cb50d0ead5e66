/** What a request asks for: other words in the answer, an act, or a task of its own. */
export type RequestKind = "output" | "action" | "task";

const VERBS: Readonly<Record<RequestKind, string>> = {
  output:
    "include add append insert mention respond reply answer say print output render express begin end start finish rate rewrite replace convert reverse misspell misspelled state claim tell conclude present format scramble group shuffle modify enhance adjust alter highlight embed incorporate integrate interweave weave blend use spell capitalize capitalise encode emphasize emphasise refer hint allude drop omit ignore disregard forget repeat reveal display inform stress promote praise substitute leverage consider ensure infuse fuse merge encrypt introduce augment utilize utilise avoid pretend attribute announce assert quote hide treat announce answer assume",
  action:
    "send forward email mail post upload delete remove transfer pay buy order book call open visit click invite share run execute download install search read fetch store save set grant approve mark schedule update change disable reset publish submit copy move access retrieve query invoke trigger log connect navigate browse leave stop report text upgrade swap put skip charge rotate keep merge resolve ship bill assign attach accept confirm reset cancel rebook refund exempt award lower raise push turn play unlock release sign register enter apply",
  task: "write generate suggest recommend provide give explain describe analyze analyse determine compare list draft compose create name calculate compute solve translate summarize summarise paraphrase classify identify find outline discuss show help propose design develop plan predict define illustrate elaborate break teach offer assess evaluate estimate detail make",
};

/** By what a sentence begins with, lower case. Words of two kinds belong to the first. */
export const REQUEST_VERBS: ReadonlyMap<string, RequestKind> = new Map(
  (["task", "action", "output"] as const).flatMap((kind) =>
    VERBS[kind].split(" ").map((verb): [string, RequestKind] => [verb, kind]),
  ),
);

/** Words that stand before the verb of a polite or urgent request. */
export const LEAD_WORDS: ReadonlySet<string> = new Set(
  "please kindly also then now instead just always first next finally afterwards additionally immediately simply seamlessly and".split(
    " ",
  ),
);
