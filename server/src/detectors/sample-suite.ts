import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Category, Direction, Provenance } from "@parapet/model";
import { parse } from "yaml";
import { z } from "zod";
import type { InspectionContext } from "./detector.ts";

/** How awkward text is written down: applied to `text` from left to right. */
const BUILD_STEPS = [
  "escape",
  "base64",
  "base64url",
  "hex",
  "percent",
  "entities",
  "rot13",
  "reverse",
  "gzip-base64",
  "tags",
  "selectors",
  "zero-width-bits",
  "zero-width-between",
  "spaced",
  "leet",
  "cyrillic",
  "fullwidth",
  "upper",
] as const;
const BuildStep = z.enum(BUILD_STEPS);

/** One sample of a detector's `samples.yaml`. */
export const Sample = z.strictObject({
  name: z.string().describe("What the sample shows, as a sentence"),
  text: z.string().default(""),
  parts: z
    .array(z.string())
    .default([])
    .describe(
      "Joined and set before `text`: a secret-like sample in pieces, so that hosts of code do not take it for one",
    ),
  build: z.array(BuildStep).default([]).describe("Encodings applied to `text`, first to last; `escape` reads \\u{…}"),
  prefix: z.string().default("").describe("Plain text before the built text"),
  suffix: z.string().default("").describe("Plain text after the built text"),
  provenance: Provenance.default("user"),
  direction: Direction.default("request"),
  context: z
    .strictObject({
      systemPrompts: z.array(z.string()).default([]),
      canaries: z.array(z.string()).default([]),
      registeredSecrets: z.array(z.string()).default([]),
      allowedHosts: z.array(z.string()).default([]),
      knownHosts: z.array(z.string()).default([]),
      userRequest: z.string().optional(),
      foreignRequests: z.array(z.strictObject({ text: z.string(), provenance: Provenance })).optional(),
    })
    .prefault({}),
  settings: z.record(z.string(), z.unknown()).optional().describe("The detector's settings for this sample"),
  category: Category.optional().describe("A detection of this category must be among those found"),
  type: z.string().optional().describe("Its type"),
  min: z.number().min(0).max(1).default(0.5).describe("Least confidence; for negatives everything stays below it"),
  max: z.number().min(0).max(1).default(1).describe("Most confidence"),
});
export type Sample = Readonly<z.infer<typeof Sample>>;

const Samples = z.strictObject({
  positive: z.array(Sample).min(1),
  negative: z.array(Sample).min(1),
  evasion: z.array(Sample).min(1),
});
export type Samples = Readonly<z.infer<typeof Samples>>;

/** Folders of detectors: those whose main file defines one. */
export const detectorFolders = (): string[] =>
  readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && definesDetector(entry.name))
    .map(({ name }) => name);

const definesDetector = (folder: string): boolean => {
  const main = join(import.meta.dirname, folder, `${folder}.ts`);
  return existsSync(main) && /defineDetector[<(]/.test(readFileSync(main, "utf8"));
};

/** Reads and checks `samples.yaml` of one folder; throws when it is missing or not in form. */
export const readSamples = (folder: string): Samples =>
  Samples.parse(parse(readFileSync(join(import.meta.dirname, folder, "samples.yaml"), "utf8"), { merge: true }));

export const sampleContext = ({ context }: Sample): InspectionContext => {
  const { userRequest, foreignRequests, knownHosts, ...known } = context;
  return {
    ...known,
    knownHosts: new Set(knownHosts),
    ...(userRequest !== undefined && { userRequest }),
    ...(foreignRequests !== undefined && { foreignRequests }),
  };
};

/** The sample's text with its build steps applied. */
export const sampleText = ({ parts, text, build, prefix, suffix }: Sample): string =>
  prefix + build.reduce((built, step) => BUILDERS[step](built), parts.join("") + text) + suffix;

const units = (text: string, map: (character: string) => string): string => Array.from(text).map(map).join("");
const swap = (from: string, to: string) => {
  const target = Array.from(to);
  const table = new Map(Array.from(from).map((character, index) => [character, target[index] ?? character]));
  return (text: string): string => units(text, (character) => table.get(character) ?? character);
};

const BUILDERS: Readonly<Record<(typeof BUILD_STEPS)[number], (text: string) => string>> = {
  escape: (text) =>
    text.replaceAll(/\\u\{([0-9a-fA-F]{1,6})\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16))),
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  percent: (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  entities: (text) => units(text, (character) => `&#${character.codePointAt(0)};`),
  rot13: swap(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM",
  ),
  reverse: (text) => Array.from(text).reverse().join(""),
  "gzip-base64": (text) => gzipSync(text).toString("base64"),
  tags: (text) => units(text, (character) => String.fromCodePoint(0xe0000 + (character.codePointAt(0) ?? 0))),
  selectors: (text) =>
    [...Buffer.from(text)]
      .map((byte) => String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16))
      .join(""),
  "zero-width-bits": (text) =>
    [...Buffer.from(text)]
      .map((byte) => byte.toString(2).padStart(8, "0").replaceAll("0", "\u200b").replaceAll("1", "\u200c"))
      .join(""),
  "zero-width-between": (text) => Array.from(text).join("\u200b"),
  spaced: (text) =>
    text
      .split(" ")
      .map((word) => Array.from(word).join(" "))
      .join("   "),
  leet: swap("aeiost", "4310$7"),
  cyrillic: swap("aceopxyi", "асеорхуі"),
  fullwidth: (text) =>
    units(text, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code > 0x20 && code < 0x7f ? String.fromCodePoint(code + 0xfee0) : character;
    }),
  upper: (text) => text.toUpperCase(),
};
