import {
  DOUBTFUL_CATEGORIES,
  type CompactReceipt,
  type DoubtfulCategory,
  type RecordedMatch,
  type Segment,
  type TenantId,
} from "@parapet/model";
import { prepareText, type Inspector } from "#detectors";
import type { Opinion, SecondOpinion } from "#second-opinion";
import type { Inspected } from "./receipt-collector.ts";
import { applyReplacements, toReplacements } from "./redact.ts";

export interface OpinionTools {
  readonly opinion: SecondOpinion;
  /** Finds what must not leave: secrets, personal data, internal names. */
  readonly redactor: Inspector;
}

const DETECTOR = "second-opinion";
/** Most doubtful texts of one request that are asked about; the others are left at what was found. */
const QUESTIONS_MAX = 8;
/** What is read around an excerpt, so that a secret cut in two is still known as one. */
const AROUND_UNITS = 2_048;

interface Doubt {
  readonly segment: Segment;
  readonly match: RecordedMatch;
  readonly category: DoubtfulCategory;
}

interface Answered {
  readonly doubt: Doubt;
  readonly opinion: Opinion;
}

const categoryOf = (match: RecordedMatch): DoubtfulCategory | undefined =>
  DOUBTFUL_CATEGORIES.find((category) => category === match.category);

/** Per segment the match or doubt that the detectors are surest of, where that lies in the grey zone. */
const doubtsIn = (
  inspected: Inspected,
  segments: readonly Segment[],
  { settings }: SecondOpinion,
): readonly Doubt[] => {
  const strongest = new Map<number, { match: RecordedMatch; category: DoubtfulCategory }>();
  for (const match of [...inspected.matches, ...(inspected.doubts ?? [])]) {
    const category = categoryOf(match);
    if (category === undefined) continue;
    const known = strongest.get(match.segment);
    if (known === undefined || match.confidence > known.match.confidence)
      strongest.set(match.segment, { match, category });
  }
  return segments
    .flatMap((segment): Doubt[] => {
      const found = strongest.get(segment.index);
      if (found === undefined) return [];
      const { from, to } = settings.zone[found.category];
      return found.match.confidence >= from && found.match.confidence <= to ? [{ segment, ...found }] : [];
    })
    .toSorted((a, b) => b.match.confidence - a.match.confidence);
};

/** The passage with what stands around it, without what must not leave this machine. */
const excerptOf = ({ segment: { text, provenance }, match }: Doubt, { opinion, redactor }: OpinionTools): string => {
  const { textUnitsMax } = opinion.settings;
  // Of a very long text only the beginning is kept once it was inspected.
  if (match.start >= text.length) return "";
  const middle = Math.floor((match.start + Math.min(match.end, match.start + textUnitsMax)) / 2);
  const from = Math.max(0, Math.min(middle - Math.floor(textUnitsMax / 2), text.length - textUnitsMax));
  const to = Math.min(text.length, from + textUnitsMax);
  const excerpt = text.slice(from, to);
  if (opinion.isLocal || excerpt === "") return excerpt;
  const shift = Math.max(0, from - AROUND_UNITS);
  const results = redactor.inspect(prepareText(text.slice(shift, to + AROUND_UNITS)), {
    provenance,
    direction: "request",
    context: NO_CONTEXT,
  });
  const spans = results.flatMap(({ detections }) =>
    detections.flatMap(({ start, end, type }) => {
      const span = {
        type,
        start: Math.max(0, start + shift - from),
        end: Math.min(excerpt.length, end + shift - from),
      };
      return span.start < span.end ? [span] : [];
    }),
  );
  // What could not be read to the end may hold anything.
  const isRead = results.every(({ outcome }) => outcome === "inspected" || outcome === "skipped");
  return isRead ? applyReplacements(excerpt, toReplacements(spans)) : "";
};

const NO_CONTEXT = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set<string>(),
};

const askAbout = async (doubt: Doubt, position: number, tenant: TenantId, tools: OpinionTools): Promise<Opinion> => {
  if (position >= QUESTIONS_MAX)
    return { outcome: "skipped", reason: `more than ${QUESTIONS_MAX} texts of this request are doubtful` };
  const text = excerptOf(doubt, tools);
  if (text === "")
    return {
      outcome: "skipped",
      reason: "the passage cannot be shown: it is beyond what is kept, or could not be read to the end",
    };
  const { category, segment, match } = doubt;
  const { confidence } = match;
  return tools.opinion.ask({ tenant, text, provenance: segment.provenance, category, confidence });
};

const shown = (confidence: number): string => confidence.toFixed(2);

const matchOf = ({ doubt, opinion: said }: Answered, { name, settings }: SecondOpinion): RecordedMatch | undefined => {
  const { match, category } = doubt;
  const { clues: _clues, ...place } = match;
  const own = { ...place, detector: DETECTOR, type: DETECTOR, category };
  const found = `the detectors said ${shown(match.confidence)}`;
  if (said.outcome !== "answered") {
    if (settings.on_failure !== "flag") return undefined;
    const confidence = settings.zone[category].to;
    const reason = `No second opinion of ${name} could be had (${said.reason}); ${found}, and it counts as ${shown(confidence)}.`;
    return { ...own, confidence, severity: severityOf(confidence), reason };
  }
  const { confidence } = said;
  if (confidence < settings.report_from) return undefined;
  const reason = `${name} takes this for ${NOUNS[category]} with ${shown(confidence)}; ${found}.`;
  return { ...own, confidence, severity: severityOf(confidence), reason };
};

const NOUNS = { prompt_injection: "prompt injection", jailbreak: "a jailbreak" } as const;

const severityOf = (confidence: number): RecordedMatch["severity"] => (confidence >= 0.85 ? "high" : "medium");

const LETTERS = { answered: "i", failed: "f", skipped: "s" } as const;

const told = (opinion: Opinion): string =>
  opinion.outcome === "answered"
    ? `answered ${shown(opinion.confidence)}${opinion.remembered ? ", remembered" : ""}`
    : opinion.reason;

/** A column behind those of the detectors. */
const withColumn = (receipt: CompactReceipt, answers: readonly Answered[], { name, settings }: SecondOpinion) => {
  const byIndex = new Map(answers.map((answer) => [answer.doubt.segment.index, answer.opinion]));
  const column = receipt.detectors.length;
  const letterFor = (index: number): string => {
    const opinion = byIndex.get(index);
    if (opinion === undefined) return "s";
    return opinion.outcome !== "answered" && settings.on_failure === "unscannable" ? "u" : LETTERS[opinion.outcome];
  };
  const reasons: [number, number, string][] = [[-1, column, "not in the grey zone"]];
  for (const [index, opinion] of byIndex) reasons.push([index, column, told(opinion)]);
  return {
    ...receipt,
    // The version of a detector: here who was asked.
    detectors: [...receipt.detectors, `${DETECTOR}@${settings.kind}:${name.replaceAll("@", "_")}`],
    segments: receipt.segments.map(([index, letters]): [number, string] => [
      index,
      letters.padEnd(column, "s") + letterFor(index),
    ]),
    reasons: [...receipt.reasons, ...reasons],
  };
};

const add = (inspected: Inspected, answers: readonly Answered[], opinion: SecondOpinion): Inspected => {
  const missing = answers.filter((answer) => answer.opinion.outcome !== "answered").length;
  return {
    ...inspected,
    matches: [...inspected.matches, ...answers.flatMap((answer) => matchOf(answer, opinion) ?? [])],
    receipt: withColumn(inspected.receipt, answers, opinion),
    unscannable: inspected.unscannable + (opinion.settings.on_failure === "unscannable" ? missing : 0),
  };
};

/**
 * Asks about the segments in the grey zone, all at once, and adds what comes of it. Undefined when there are none:
 * nothing waits then. Matches are only ever added, so that an answer can raise a verdict and never lower it.
 */
export const withSecondOpinion = (
  inspected: Inspected,
  segments: readonly Segment[],
  tenant: TenantId,
  tools: OpinionTools,
): Promise<Inspected> | undefined => {
  const doubts = doubtsIn(inspected, segments, tools.opinion);
  if (doubts.length === 0) return undefined;
  return Promise.all(
    doubts.map(async (doubt, position) => ({ doubt, opinion: await askAbout(doubt, position, tenant, tools) })),
  ).then((answers) => add(inspected, answers, tools.opinion));
};
