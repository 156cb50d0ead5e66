import type { Provenance } from "@parapet/model";
import { z } from "zod";

const Channel = z.enum(["user", "document", "tool_output", "tool_description"]);

const PROVENANCE_OF_CHANNEL: Readonly<Record<z.infer<typeof Channel>, Provenance>> = {
  user: "user",
  document: "document",
  tool_output: "tool-result",
  tool_description: "tool-description",
};

const Span = z.object({ start: z.int().nonnegative(), end: z.int().nonnegative(), type: z.string() });

const Line = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  text: z.string().optional(),
  turns: z
    .array(z.object({ role: z.string(), text: z.string() }))
    .min(1)
    .optional(),
  label: z.enum(["attack", "benign"]),
  kind: z.string().default(""),
  channel: Channel.default("user"),
  lang: z.string().default(""),
  source: z.string().default(""),
  label_strength: z.string().optional(),
  spans: z.array(Span).optional(),
  negative: z.boolean().optional(),
});

/** One piece of a labelled example, and whose words it is. */
export interface LabelledText {
  readonly text: string;
  readonly provenance: Provenance;
}

/** A labelled span; offsets in code points, as in the file. */
export type LabelledSpan = Readonly<z.infer<typeof Span>>;

/** One labelled example. */
export interface LabelledLine {
  readonly id: string;
  /** The text, or the turns of a dialogue. */
  readonly texts: readonly LabelledText[];
  readonly isAttack: boolean;
  readonly kind: string;
  readonly language: string;
  readonly source: string;
  /** `clear`: the text alone shows the attack; `context`: only together with what stands around it. */
  readonly strength?: string;
  readonly spans: readonly LabelledSpan[];
  /** Looks like a secret and is none. */
  readonly isLookAlike: boolean;
}

/** A line that is not in form; lines count from 1. */
export interface LabelledProblem {
  readonly line: number;
  readonly problem: string;
}

const roleProvenance = (role: string): Provenance =>
  role === "assistant" || role === "model"
    ? "model"
    : role === "system"
      ? "system"
      : role === "developer"
        ? "developer"
        : "user";

const readLine = (raw: string): LabelledLine | string => {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return "not JSON";
  }
  const parsed = Line.safeParse(json);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const {
    id,
    text,
    turns,
    label,
    kind,
    channel,
    lang,
    source,
    label_strength: strength,
    spans,
    negative,
  } = parsed.data;
  if (text === undefined && turns === undefined) return "neither text nor turns";
  return {
    id,
    texts:
      text === undefined
        ? (turns ?? []).map((turn) => ({ text: turn.text, provenance: roleProvenance(turn.role) }))
        : [{ text, provenance: PROVENANCE_OF_CHANNEL[channel] }],
    isAttack: label === "attack",
    kind,
    language: lang,
    source,
    ...(strength === undefined ? {} : { strength }),
    spans: spans ?? [],
    isLookAlike: negative ?? false,
  };
};

/** Reads a file of labelled lines (JSON, one a line); empty lines are passed over. */
export const readLabelled = (
  content: string,
): { readonly lines: readonly LabelledLine[]; readonly problems: readonly LabelledProblem[] } => {
  const lines: LabelledLine[] = [];
  const problems: LabelledProblem[] = [];
  content.split("\n").forEach((raw, index) => {
    if (raw.trim() === "") return;
    const read = readLine(raw);
    if (typeof read === "string") problems.push({ line: index + 1, problem: read });
    else lines.push(read);
  });
  return { lines, problems };
};
