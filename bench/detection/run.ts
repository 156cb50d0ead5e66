/**
 * Planted scenarios: a month of a company's traffic as the raw payloads of real sources and as gateway records, with
 * attacks of every family inside it and look-alikes beside them, through intake, drain, rules, correlations and
 * behaviour, on the clock of the data. Baseline: what was planted.
 * `npm run bench:detection [small|full] [report.json] [seed]`; some minutes.
 */
import { writeFileSync } from "node:fs";
import { FULL, measure, SMALL } from "./harness/measure.ts";
import { detailOf, tableOf } from "./harness/report.ts";

const [size = "full", file, seed = FULL.seed] = process.argv.slice(2);
if (size !== "full" && size !== "small") {
  console.error(`the profile is small or full, not ${size}`);
  process.exit(2);
}
const profile = { ...(size === "small" ? SMALL : FULL), seed };
const report = await measure(profile, (day, events) => {
  process.stderr.write(
    `${process.stderr.isTTY ? "\r" : "\n"}day ${String(day + 1)} of ${String(profile.days)}, ${String(events)} events`,
  );
});
process.stderr.write("\n");
console.log(`${detailOf(report)}\n\n${tableOf(report)}`);
if (file !== undefined) writeFileSync(file, JSON.stringify(report, null, 2));
process.exit(0);
