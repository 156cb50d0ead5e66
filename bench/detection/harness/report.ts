import { FAMILIES } from "../scenarios/index.ts";
import type { FalseFinding, Verdict } from "./judge.ts";

/** What a run measured, besides what it found. */
export interface Measured {
  readonly seed: string;
  readonly people: number;
  readonly days: number;
  readonly events: number;
  readonly rules: number;
  readonly correlates: boolean;
  readonly leftOut: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export interface Report extends Measured {
  readonly open: Share;
  readonly frozen: Share;
  readonly falsePerDay: number;
  readonly verdicts: readonly Verdict[];
  readonly falseFindings: readonly FalseFinding[];
}

interface Share {
  readonly planted: number;
  readonly found: number;
}

const shareOf = (verdicts: readonly Verdict[]): Share => ({
  planted: verdicts.length,
  found: verdicts.filter(({ rules }) => rules.length > 0).length,
});

export const reportOf = (
  measured: Measured,
  verdicts: readonly Verdict[],
  falseFindings: readonly FalseFinding[],
): Report => ({
  ...measured,
  open: shareOf(verdicts.filter(({ frozen }) => !frozen)),
  frozen: shareOf(verdicts.filter(({ frozen }) => frozen)),
  falsePerDay: falseFindings.length / measured.days,
  verdicts,
  falseFindings,
});

const ofShare = ({ planted, found }: Share): string => (planted === 0 ? "–" : `${String(found)}/${String(planted)}`);

/** Markdown: families with what they missed, findings that were about nothing planted, and what it took. */
export const tableOf = (report: Report): string => {
  const lines = [
    `${String(report.days)} days, ${String(report.people)} people, ${report.events.toLocaleString("en")} events, ${String(report.rules)} rules${report.correlates ? "" : ", no correlations"}; ${String(report.leftOut)} scenarios need more days and were left out.`,
    "",
    "| family | found | frozen found | missed |",
    "| --- | --- | --- | --- |",
  ];
  for (const family of FAMILIES) {
    const own = report.verdicts.filter((one) => one.family === family);
    if (own.length === 0) continue;
    const missed = own
      .filter(({ rules, frozen }) => rules.length === 0 && !frozen)
      .map(({ id, late }) => `\`${id}\`${late.length > 0 ? ` (late: ${late.join(", ")})` : ""}`);
    const open = shareOf(own.filter(({ frozen }) => !frozen));
    lines.push(
      `| ${family} | ${ofShare(open)} | ${ofShare(shareOf(own.filter(({ frozen }) => frozen)))} | ${missed.join(", ")} |`,
    );
  }
  lines.push(
    `| **all** | **${ofShare(report.open)}** | **${ofShare(report.frozen)}** | |`,
    "",
    `False findings: ${String(report.falseFindings.length)}, ${report.falsePerDay.toFixed(2)} a day.`,
    "",
    "| rule | false findings | of look-alikes | an example |",
    "| --- | --- | --- | --- |",
  );
  const byRule = [...Map.groupBy(report.falseFindings, ({ rule }) => rule)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  );
  for (const [rule, all] of byRule) {
    const episodes = [...new Set(all.flatMap(({ episode }) => (episode === "" ? [] : [episode])))];
    lines.push(
      `| ${rule} | ${String(all.length)} | ${episodes.join(", ")} | ${all[0]?.title.replaceAll("|", "\\|") ?? ""} |`,
    );
  }
  lines.push(
    "",
    `${report.seconds.toFixed(0)} s, ${report.cpuSeconds.toFixed(0)} s of CPU, ${String(report.peakMiB)} MiB at most.`,
  );
  return lines.join("\n");
};

/** One line for each scenario: what told of it, and how soon. Of frozen ones only whether. */
export const detailOf = ({ verdicts }: Report): string =>
  verdicts
    .filter(({ frozen }) => !frozen)
    .map(({ id, rules, afterMinutes }) =>
      rules.length === 0 ? `missed ${id}` : `found  ${id} after ${String(afterMinutes ?? 0)} min: ${rules.join(", ")}`,
    )
    .join("\n");
