/**
 * Planted scenarios: a month of a company's traffic as the raw payloads of real sources and as gateway records, with
 * attacks of every family inside it and look-alikes beside them, through intake, drain, rules, correlations and
 * behaviour, on the clock of the data. Baseline: what was planted.
 * `npm run bench:detection -- [small|full] [report.json] [seed] [--families a,b]`; some minutes.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { FULL, measure, SMALL } from "./harness/measure.ts";
import { detailOf, tableOf } from "./harness/report.ts";
import { FAMILIES } from "./scenarios/index.ts";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { families: { type: "string" } } });
const [size = "full", file, seed = FULL.seed] = positionals;
const wanted = values.families?.split(",");
const families = FAMILIES.filter((family) => wanted?.includes(family));
const unknown = wanted?.find((name) => !families.some((family) => family === name));
if ((size !== "full" && size !== "small") || unknown !== undefined) {
  console.error(
    unknown === undefined
      ? `the profile is small or full, not ${size}`
      : `there is no family ${unknown}: ${FAMILIES.join(", ")}`,
  );
  process.exit(2);
}
const profile = { ...(size === "small" ? SMALL : FULL), seed, ...(wanted !== undefined && { families }) };
const report = await measure(profile, (day, events) => {
  process.stderr.write(`${process.stderr.isTTY ? "\r" : "\n"}day ${String(day + 1)}, ${String(events)} events`);
});
process.stderr.write("\n");
console.log(`${detailOf(report)}\n\n${tableOf(report)}`);
if (file !== undefined) writeFileSync(file, JSON.stringify(report, null, 2));
process.exit(0);
