import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Match, Provenance } from "@parapet/model";
import { z } from "zod";
import type { LoadedConfiguration } from "#compose";
import { DETECTORS } from "#detectors";
import { inspectTexts } from "#pipeline";
import { systemClock } from "#platform";
import type { PolicySet } from "#policy";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "./command.ts";
import { requireConfiguration, requireInspector, requirePolicies } from "./configuration.ts";
import { evaluate, type EvaluationReport } from "./evaluation/evaluate-injection.ts";
import { evaluateSpans, type SpanReport } from "./evaluation/evaluate-spans.ts";
import { readLabelled, type LabelledLine } from "./evaluation/read-labelled.ts";
import { parseFlag, printJson, withJson, type JsonFlag } from "./flags.ts";
import { printable } from "./printable.ts";
import { createProgress } from "./progress.ts";
import { renderTable } from "./table.ts";

const DATA_BYTES_MAX = 512 * 1024 * 1024;
const PROBLEMS_SHOWN = 20;
const Task = z.enum(["injection", "pii", "secret"]);

interface EvalFlags extends JsonFlag {
  readonly data: string;
  readonly task: string;
  readonly scores?: string;
  readonly config?: string;
}

export const evalCommand: CliCommand = {
  name: "eval",
  summary: "The detectors against labelled data",
  configure: (command, context) => {
    withJson(command)
      .requiredOption(
        "--data <file>",
        "labelled lines: id, text, label, kind, channel, lang, source; for spans also spans",
      )
      .option("--task <task>", Task.options.join(", "), "injection")
      .option("--scores <file>", 'write {"id","score"} a line, in the order of the data (injection only)')
      .option("--config <file>", "configuration file, for the detectors' settings and the policies")
      .action(context.action((flags: EvalFlags) => runEval(flags, context)));
  },
};

const runEval = async (flags: EvalFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const task = parseFlag(Task, flags.task, "--task");
  if (flags.scores !== undefined && task !== "injection")
    throw new CommandFailed(EXIT.usage, "--scores goes with --task injection: spans have no score.");
  const { config, ...rest } = flags;
  const loaded = requireConfiguration(config === undefined ? {} : { config }, context);
  const lines = readData(rest.data, context);
  const report =
    task === "injection" ? runInjection(lines, flags, loaded, context) : runSpans(lines, task, loaded, context);
  if (flags.json === true) terminal.out(printJson(report));
  else if ("auc" in report) showInjection(report, context);
  else showSpans(report, context);
  return EXIT.done;
};

const readData = (given: string, { terminal }: CommandContext): readonly LabelledLine[] => {
  const path = resolve(terminal.workingDirectory, given);
  if (!existsSync(path)) throw new CommandFailed(EXIT.usage, `There is no file ${printable(path)}.`);
  if (statSync(path).size > DATA_BYTES_MAX)
    throw new CommandFailed(EXIT.usage, `${printable(path)} is larger than 512 MiB; split it.`);
  const { lines, problems } = readLabelled(readFileSync(path, "utf8"));
  for (const { line, problem } of problems.slice(0, PROBLEMS_SHOWN))
    terminal.say(`${printable(given)}:${line}: ${printable(problem)}`);
  if (problems.length > 0) terminal.say(`${problems.length} lines are not in form and were left out.`);
  if (lines.length === 0) throw new CommandFailed(EXIT.usage, `${printable(path)} holds no labelled lines.`);
  return lines;
};

const ReportFrom = z.object({ report_from: z.number() });

/** Both detectors report from 0, so that every text has a score; their own thresholds are applied to the scores. */
const EVIDENCE_DETECTORS = ["prompt-injection", "jailbreak"];

const overlayOf = ({ configuration }: LoadedConfiguration): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    EVIDENCE_DETECTORS.map((id) => {
      const own = z.record(z.string(), z.unknown()).safeParse(configuration.detectors[id]);
      return [id, { ...(own.success ? own.data : {}), report_from: 0 }];
    }),
  );

const reportThreshold = ({ configuration }: LoadedConfiguration): number =>
  Math.min(
    ...EVIDENCE_DETECTORS.flatMap((id) => {
      const detector = DETECTORS.find((one) => one.id === id);
      const settings = ReportFrom.safeParse(detector?.compile(configuration.detectors[id]).settings);
      return settings.success ? [settings.data.report_from] : [];
    }),
  );

const PER_MILLE = 1_000;

/** The least confidence, in thousandths, at which the policies block a user's injection; above 1 when they never do. */
const blockThreshold = (policies: PolicySet): number => {
  const blocks = (perMille: number): boolean =>
    policies.decide({
      tenant: "default",
      principal: { kind: "Anonymous", id: "anonymous" },
      agent: "",
      key: "",
      action: "request",
      route: "eval",
      protocol: "openai",
      model: "",
      mode: "enforce",
      unscannable: 0,
      streamed: false,
      session: { id: "", risk: 0, known: false },
      matches: [{ provenance: "user", match: { ...SOME_MATCH, confidence: perMille / PER_MILLE } }],
    }).verdict.action === "block";
  let [low, high] = [0, PER_MILLE + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle <= PER_MILLE && !blocks(middle)) low = middle + 1;
    else high = middle;
  }
  return low / PER_MILLE;
};

const SOME_MATCH: Match = {
  detector: "prompt-injection",
  category: "prompt_injection",
  type: "override",
  confidence: 0,
  severity: "high",
  segment: 0,
  start: 0,
  end: 1,
  reason: "",
  view: "original",
};

const runInjection = (
  lines: readonly LabelledLine[],
  flags: EvalFlags,
  loaded: LoadedConfiguration,
  context: CommandContext,
): EvaluationReport => {
  const inspector = requireInspector(loaded, overlayOf(loaded));
  const { progress, onLine } = lineProgress(lines.length, context);
  const { report, scores } = evaluate({
    lines,
    inspectText: (text, provenance) => inspectTexts(inspector, [{ text, provenance }]).matches,
    thresholds: { report: reportThreshold(loaded), block: blockThreshold(requirePolicies(loaded)) },
    nowMs: systemClock.monotonic,
    onLine,
  });
  progress.done();
  if (flags.scores !== undefined) {
    writeFileSync(
      resolve(context.terminal.workingDirectory, flags.scores),
      scores.map((score) => `${JSON.stringify(score)}\n`).join(""),
    );
  }
  return report;
};

const runSpans = (
  lines: readonly LabelledLine[],
  task: "pii" | "secret",
  loaded: LoadedConfiguration,
  context: CommandContext,
): SpanReport => {
  const inspector = requireInspector(loaded);
  const { progress, onLine } = lineProgress(lines.length, context);
  const inspectText = (text: string, provenance: Provenance) => inspectTexts(inspector, [{ text, provenance }]).matches;
  const report = evaluateSpans({ task, lines, inspectText, nowMs: systemClock.monotonic, onLine });
  progress.done();
  return report;
};

const lineProgress = (total: number, { terminal }: CommandContext) => {
  const progress = createProgress(terminal);
  return {
    progress,
    onLine: (done: number): void =>
      progress.update(() => `${done.toLocaleString("en")} of ${total.toLocaleString("en")} texts`),
  };
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const showInjection = (report: EvaluationReport, { terminal }: CommandContext): void => {
  const { n, attacks, benign, auc, atDefault, atBlock, recallAtFpr } = report;
  terminal.out(
    `${n} texts, ${attacks} attacks and ${benign} benign: area under the curve ${auc.toFixed(4)}, ${report.msPerKiB.toFixed(3)} ms per KiB`,
  );
  terminal.out(
    renderTable(
      ["at", "recall", "false positives", "precision"],
      [
        ["reported", percent(atDefault.recall), percent(atDefault.fpr), percent(atDefault.precision)],
        ["blocked", percent(atBlock.recall), percent(atBlock.fpr), percent(atBlock.precision)],
        ...Object.entries(recallAtFpr).map(([fpr, recall]) => [
          `${percent(Number(fpr))} false positives`,
          percent(recall),
          "",
          "",
        ]),
      ],
    ),
  );
  const groups = [
    ["kind", report.byKind],
    ["language", report.byLang],
    ["source", report.bySource],
    ["strength", report.byStrength],
  ] as const;
  for (const [name, group] of groups) {
    const rows = Object.entries(group).map(([key, { n: count, flagged }]) => [
      key,
      `${count}`,
      `${flagged}`,
      percent(count === 0 ? 0 : flagged / count),
    ]);
    if (rows.length > 0) terminal.out(`\n${renderTable([name, "texts", "flagged", "share"], rows)}`);
  }
};

const showSpans = (report: SpanReport, { terminal }: CommandContext): void => {
  const { overall, lookAlikes } = report;
  terminal.out(
    `${report.n} texts, ${report.spans} labelled spans, ${report.reported} reported: precision ${percent(overall.precision)}, recall ${percent(overall.recall)}, F1 ${percent(overall.f1)}, ${report.msPerKiB.toFixed(3)} ms per KiB`,
  );
  if (lookAlikes.n > 0)
    terminal.out(
      `${lookAlikes.flagged} of ${lookAlikes.n} texts that only look as if they held one are flagged (${percent(lookAlikes.fpr)})`,
    );
  terminal.out(
    renderTable(
      ["type", "spans", "located", "precision", "recall", "F1"],
      Object.entries(report.byType).map(([type, one]) => [
        type,
        `${one.n}`,
        `${one.located}`,
        percent(one.precision),
        percent(one.recall),
        percent(one.f1),
      ]),
    ),
  );
};
