/**
 * Measures prompt injection and jailbreak as shipped, through `parapet eval`, and writes `docs/detection-quality.md`:
 * `npm run eval -- --data FOLDER`, the folder of labelled data that stays outside the repository. Without it only our
 * own texts are measured. No text but our own is quoted.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { areaUnderCurve, recallAtFpr } from "../server/src/cli/evaluation/figures.ts";
import { thresholdAt } from "./figures.ts";
import { OBFUSCATIONS } from "./obfuscate.ts";
import { readPart, readPool, type Row } from "./rows.ts";

const ROOT = join(import.meta.dirname, "..");
const HELD_OUT = "held-out";
const OBFUSCATED_UNITS_MAX = 600;
const EXAMPLES = 12;
const EXAMPLE_UNITS_MAX = 180;

const Report = z.object({
  thresholds: z.object({ report: z.number(), block: z.number() }),
  atDefault: z.object({ recall: z.number(), fpr: z.number() }),
  atBlock: z.object({ recall: z.number(), fpr: z.number() }),
});
type Report = z.infer<typeof Report>;
const ScoreLine = z.object({ id: z.string(), score: z.number() });

interface Scored {
  readonly row: Row;
  readonly score: number;
}
interface Measured {
  readonly report: Report;
  readonly scored: readonly Scored[];
}

const { values } = parseArgs({ options: { data: { type: "string" } } });
const folder = mkdtempSync(join(tmpdir(), "parapet-eval-"));

const measure = (name: string, rows: readonly Row[]): Measured => {
  process.stderr.write(`${name}: ${rows.length} texts …\n`);
  const data = join(folder, `${name}.jsonl`);
  const scores = join(folder, `${name}.scores`);
  const lines = rows.map(({ id, text, label, kind, channel, lang, source, strength }) =>
    JSON.stringify({
      id,
      text,
      label: label === 1 ? "attack" : "benign",
      kind,
      channel,
      lang,
      source,
      label_strength: strength,
    }),
  );
  writeFileSync(data, `${lines.join("\n")}\n`);
  const out = execFileSync(
    process.execPath,
    ["--conditions=source", join(ROOT, "server/src/main.ts"), "eval", "--data", data, "--json", "--scores", scores],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] },
  );
  const read = readFileSync(scores, "utf8").trim().split("\n");
  const scored = rows.map((row, index) => ({ row, score: ScoreLine.parse(JSON.parse(read[index] ?? "")).score }));
  return { report: Report.parse(JSON.parse(out)), scored };
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const scoresOf = (scored: readonly Scored[], label: 0 | 1): number[] =>
  scored.filter(({ row }) => row.label === label).map(({ score }) => score);
const reportFrom = ({ report }: Measured): number => report.thresholds.report;

const summary = (name: string, { report, scored }: Measured): (string | number)[] => {
  const clear = scored.filter(({ row }) => row.label === 0 || row.strength === "clear");
  const [attacks, benign] = [scoresOf(clear, 1), scoresOf(clear, 0)];
  return [
    name,
    attacks.length,
    benign.length,
    areaUnderCurve(attacks, benign).toFixed(3),
    percent(recallAtFpr(attacks, benign, 0.01)),
    `${percent(report.atDefault.recall)} / ${percent(report.atDefault.fpr)}`,
    `${percent(report.atBlock.recall)} / ${percent(report.atBlock.fpr)}`,
  ];
};

/** Caught and wrongly flagged at the report threshold, by one property of the rows. */
const breakdown = (of: string, measured: Measured, read: (row: Row) => string): string => {
  const from = reportFrom(measured);
  const threshold = thresholdAt(scoresOf(measured.scored, 0), 0.01);
  const groups = Map.groupBy(measured.scored, ({ row }) => read(row));
  const rows = [...groups]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, scored]) => {
      const [attacks, benign] = [scoresOf(scored, 1), scoresOf(scored, 0)];
      const share = (scores: number[], least: number, inclusive: boolean): string =>
        scores.length === 0
          ? "–"
          : percent(scores.filter((s) => s > least || (inclusive && s >= least)).length / scores.length);
      return [
        name,
        attacks.length,
        share(attacks, from, true),
        share(attacks, threshold, false),
        benign.length,
        share(benign, from, true),
      ];
    });
  return table([of, "attacks", "reported", "recall at 1 %", "benign", "wrongly reported"], rows);
};

const clip = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("`", "'").trim();
  return line.length > EXAMPLE_UNITS_MAX ? `${line.slice(0, EXAMPLE_UNITS_MAX)}…` : line;
};
const examples = (scored: readonly Scored[]): string =>
  table(
    ["score", "kind", "channel", "language", "text"],
    scored.map(({ row, score }) => [
      score.toFixed(2),
      row.kind.replaceAll("_", " "),
      row.channel.replaceAll("_", " "),
      row.lang,
      `\`${clip(row.span ?? row.text)}\``,
    ]),
  );
const spread = <Item>(items: readonly Item[], count: number): Item[] =>
  items.filter((_, index) => index % Math.max(1, Math.floor(items.length / count)) === 0).slice(0, count);

const obfuscationTable = (plain: readonly Row[], from: number): string => {
  const reported = ({ scored }: Measured): number =>
    scored.filter(({ score }) => score >= from).length / Math.max(1, scored.length);
  const base = reported(measure("plain", plain));
  const rows = Object.entries(OBFUSCATIONS).map(([name, disguise]) => {
    const rate = reported(
      measure(
        name.replaceAll(" ", "-"),
        plain.map((row) => {
          const span = row.span ?? row.text;
          return { ...row, text: row.text.replace(span, () => disguise(span)) };
        }),
      ),
    );
    return [name, percent(rate), ((rate - base) * 100).toFixed(1)];
  });
  return table(["transform", "reported", "points against plain"], [["none", percent(base), ""], ...rows]);
};

try {
  const part = readPart(join(ROOT, "training/corpus"), HELD_OUT);
  const held = measure("held-out", part.rows);
  const from = reportFrom(held);
  const pool = values.data === undefined ? undefined : join(resolve(values.data), "injection_dev.jsonl");
  const dev = pool !== undefined && existsSync(pool) ? measure("dev", readPool(pool)) : undefined;
  const attacks = held.scored.filter(({ row }) => row.label === 1);
  const missed = attacks
    .filter(({ row, score }) => score < from && row.strength === "clear")
    .toSorted((a, b) => a.score - b.score);
  const wrong = held.scored
    .filter(({ row, score }) => row.label === 0 && score >= from)
    .toSorted((a, b) => b.score - a.score);
  const plain = attacks
    .map(({ row }) => row)
    .filter(({ lang, text, strength }) => lang === "en" && strength === "clear" && text.length <= OBFUSCATED_UNITS_MAX);
  const summaryHead = [
    "texts",
    "clear attacks",
    "benign",
    "AUC",
    "recall at 1 %",
    "reported: caught / wrongly",
    "blocked: caught / wrongly",
  ];
  const document = [
    "# Detection quality",
    "Written by `npm run eval -- --data FOLDER`; do not edit. Prompt injection and jailbreak as shipped, rules and classifier together, through `parapet eval`. AUC and recall at 1 % false positives are over attacks that the text alone shows; what is caught and wrongly flagged at the shipped thresholds is over all. How the classifier was chosen and what was tried: [the model's card](../models/injection/README.md). Personal data and secrets: [their own page](personal-data-and-secrets.md).",
    table(summaryHead, [
      summary("our held-out part, by an author never trained on", held),
      ...(dev === undefined ? [] : [summary("labelled development lines, same sources as training", dev)]),
    ]),
    "The held-out part is hard on purpose: two thirds of its harmless texts are twins of attacks or talk about them, and most attacks avoid the known wordings. The goals are AUC 0.95 and recall 0.75 on it.",
    "## By kind",
    breakdown("kind", held, ({ kind, label }) => (label === 1 ? kind.replaceAll("_", " ") : "harmless")),
    "## By channel",
    breakdown("channel", held, ({ channel }) => channel.replaceAll("_", " ")),
    "## By language",
    breakdown("language", held, ({ lang }) => lang),
    "## By strength",
    "`context` attacks are ordinary requests that are only wrong because of where they stand.",
    breakdown("strength", held, ({ strength }) => strength),
    ...(dev === undefined ? [] : ["## By source", breakdown("source", dev, ({ source }) => source)]),
    "## Obfuscated",
    `${plain.length} English attacks of the held-out part, disguised in ways that can be turned back.`,
    obfuscationTable(plain, from),
    "## What is missed",
    `${missed.length} clear attacks of the held-out part are not reported; some of them, from the lowest score up:`,
    examples(spread(missed, EXAMPLES)),
    "## What is wrongly flagged",
    `${wrong.length} of ${held.scored.length - attacks.length} harmless texts are reported; some of them, from the highest score down:`,
    examples(spread(wrong, EXAMPLES)),
  ];
  writeFileSync(join(ROOT, "docs/detection-quality.md"), `${document.join("\n\n")}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
