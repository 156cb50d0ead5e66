import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Where a text stands; the names of the labelled data. */
export const CHANNELS = ["user", "document", "tool_output", "tool_description"] as const;
export type Channel = (typeof CHANNELS)[number];

/** One labelled text. */
export interface Row {
  readonly id: string;
  /** Rows of one source are held out together. */
  readonly source: string;
  readonly label: 0 | 1;
  readonly kind: string;
  readonly channel: Channel;
  readonly lang: string;
  readonly strength: "clear" | "context";
  readonly text: string;
  /** The injection inside the text, when it is known. */
  readonly span?: string | undefined;
  readonly obfuscated: boolean;
  readonly turns: boolean;
  /** Harmless counterpart of an attack. */
  readonly isTwin?: boolean;
}

const Turn = z.object({ role: z.string(), text: z.string() });
const PoolLine = z.object({
  id: z.string(),
  text: z.string().optional(),
  turns: z.array(Turn).optional(),
  label: z.enum(["attack", "benign"]),
  kind: z.string(),
  channel: z.enum(CHANNELS).catch("user"),
  lang: z.string().catch("en"),
  source: z.string(),
  label_strength: z.enum(["clear", "context"]).catch("clear"),
  injection: z.string().nullish().catch(undefined),
  obfuscation: z.unknown().optional(),
});

const lines = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): unknown => JSON.parse(line));

/** Labelled data that stays outside the repository: form and sources in its own README. */
export const readPool = (path: string): Row[] =>
  lines(path).map((line) => {
    const row = PoolLine.parse(line);
    const last = row.turns?.filter(({ role }) => role === "user").at(-1)?.text;
    return {
      id: row.id,
      source: row.source,
      label: row.label === "attack" ? 1 : 0,
      kind: row.kind,
      channel: row.channel,
      lang: row.lang,
      strength: row.label_strength,
      text: row.text ?? last ?? "",
      span: row.injection ?? undefined,
      obfuscated: row.obfuscation !== undefined && row.obfuscation !== null,
      turns: row.turns !== undefined,
    };
  });

const Common = { lang: z.string(), kind: z.string() };
const Pair = z.object({
  ...Common,
  channel: z.enum(CHANNELS),
  strength: z.enum(["clear", "context"]).default("clear"),
  attack: z.string(),
  twin: z.string(),
  span: z.string().optional(),
});
const Benign = z.object({ ...Common, channel: z.enum(CHANNELS), text: z.string() });
const Dialogue = z.object({ ...Common, attack: z.array(Turn), twin: z.array(Turn) });
export const Carrier = z.object({ channel: z.enum(CHANNELS), lang: z.string(), carrier: z.string(), text: z.string() });
export type Carrier = Readonly<z.infer<typeof Carrier>>;
export const Snippet = z.object({ ...Common, text: z.string(), twin: z.string() });
export type Snippet = Readonly<z.infer<typeof Snippet>>;

export interface CorpusPart {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly carriers: readonly Carrier[];
  readonly snippets: readonly Snippet[];
}

const optional = (path: string): unknown[] => (existsSync(path) ? lines(path) : []);

/** One author's part of our own corpus. */
export const readPart = (folder: string, name: string): CorpusPart => {
  const at = (file: string): string => join(folder, name, `${file}.jsonl`);
  const source = `own_${name}`;
  const base = { source, strength: "clear", obfuscated: false, turns: false } as const;
  const pairs = optional(at("pairs")).flatMap((line, index): Row[] => {
    const { attack, twin, span, ...rest } = Pair.parse(line);
    const id = `${name}-pair-${index}`;
    return [
      { ...base, ...rest, id: `${id}-a`, label: 1, text: attack, span },
      { ...base, ...rest, id: `${id}-b`, label: 0, text: twin, isTwin: true },
    ];
  });
  const benign = optional(at("benign")).map((line, index): Row => ({
    ...base,
    ...Benign.parse(line),
    id: `${name}-benign-${index}`,
    label: 0,
  }));
  const dialogues = optional(at("dialogues")).flatMap((line, index): Row[] => {
    const { attack, twin, ...rest } = Dialogue.parse(line);
    const id = `${name}-dialogue-${index}`;
    const last = (turns: typeof attack): string => turns.filter(({ role }) => role === "user").at(-1)?.text ?? "";
    const row = { ...base, ...rest, channel: "user", turns: true } as const;
    return [
      { ...row, id: `${id}-a`, label: 1, text: last(attack) },
      { ...row, id: `${id}-b`, label: 0, text: last(twin), isTwin: true },
    ];
  });
  const carriers = optional(at("carriers")).map((line) => Carrier.parse(line));
  const plain = carriers.map((carrier, index): Row => ({
    ...base,
    id: `${name}-carrier-${index}`,
    label: 0,
    kind: "carrier",
    channel: carrier.channel,
    lang: carrier.lang,
    text: carrier.text.replaceAll("⟦⟧", ""),
  }));
  return {
    name,
    rows: [...pairs, ...benign, ...dialogues, ...plain],
    carriers,
    snippets: optional(at("snippets")).map((line) => Snippet.parse(line)),
  };
};

export const partNames = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
