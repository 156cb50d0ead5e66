import type { Event } from "@parapet/model";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { readRules, requireConfiguration } from "../configuration.ts";
import { type Correlation, type CorrelationHit, type RuleSet, type Threshold, thresholdsOf } from "#rules";
import { parseSince, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { pastEvents } from "../past-events.ts";
import { printable } from "../printable.ts";
import { createProgress } from "../progress.ts";
import { paintSeverity, renderTable } from "../table.ts";

const SAMPLES = 5;
const CORRELATED_MAX = 1_000_000;

export type BacktestFlags = PlaceFlags & JsonFlag & { readonly since: string };

interface Hits {
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly samples: readonly {
    readonly event: string;
    readonly exchange: string;
    readonly time: string;
    readonly principal: string;
    readonly group?: Readonly<Record<string, string>>;
  }[];
}

/** The rules in the folders over past events: how often each would have held. No findings are made. */
export const runBacktest = async (
  key: string | undefined,
  flags: BacktestFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  const since = parseSince(flags.since);
  const loaded = requireConfiguration(flags, context);
  const { set, diagnostics } = readRules(loaded);
  const errors = diagnostics.filter(({ level }) => level === "error");
  if (errors.length > 0) terminal.say(formatDiagnostics(errors));
  const wanted = [...set.rules, ...set.correlations].filter((rule) => key === undefined || rule.key === key);
  if (wanted.length === 0)
    throw new CommandFailed(
      EXIT.usage,
      key === undefined ? "There are no rules." : `There is no rule "${printable(key)}".`,
    );
  const hits = new Map<string, Hits>();
  const correlations = set.correlations.filter((one) => wanted.includes(one));
  const bottom = new Set(correlations.flatMap((one) => set.reachOf(one).rules));
  const correlated: CorrelationHit[] = [];
  const progress = createProgress(terminal);
  let events = 0;
  for await (const batch of pastEvents(loaded, { since }, context)) {
    events += batch.length;
    for (const event of batch) {
      for (const rule of set.hits(event)) {
        hits.set(rule.key, addHit(hits.get(rule.key), event));
        if (bottom.has(rule.key) && correlated.length < CORRELATED_MAX)
          correlated.push(toCorrelated(set, rule.key, event));
      }
    }
    progress.update(() => `${events.toLocaleString("en")} events read`);
  }
  progress.done();
  if (correlated.length === CORRELATED_MAX)
    terminal.say(`Correlations saw only the first ${CORRELATED_MAX.toLocaleString("en")} hits.`);
  for (const correlation of correlations) {
    const found = firings(set, correlation, correlated);
    if (found !== undefined) hits.set(correlation.key, found);
  }
  const rows = wanted
    .map((rule) => ({
      rule: rule.key,
      title: rule.title,
      severity: rule.severity,
      ...(hits.get(rule.key) ?? { count: 0, first: "", last: "", samples: [] }),
    }))
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
  const [only] = wanted.length === 1 ? correlations : [];
  const thresholds = only === undefined ? undefined : thresholdsOf(set, only, correlated, Number.POSITIVE_INFINITY);
  if (flags.json === true)
    terminal.out(printJson({ since, events, rules: rows, ...(thresholds !== undefined && { thresholds }) }));
  else {
    terminal.out(
      renderTable(
        ["hits", "severity", "rule", "last"],
        rows.map(({ count, severity, rule, last }) => [
          `${count}`,
          { shown: paintSeverity(terminal, severity) },
          rule,
          last,
        ]),
      ),
    );
    if (thresholds !== undefined) terminal.out(tableOfThresholds(thresholds));
    terminal.say(`${events} events since ${since}, rules version ${set.version}.`);
  }
  return EXIT.done;
};

const tableOfThresholds = (thresholds: readonly Threshold[]): string =>
  renderTable(
    ["threshold", "held", "groups", ""],
    thresholds.map(({ value, fired, groups, isInForce, isQuiet }) => [
      String(value),
      String(fired),
      String(groups),
      [...(isInForce ? ["in force"] : []), ...(isQuiet ? ["the lowest that finds nothing here"] : [])].join(", "),
    ]),
  );

const toCorrelated = (set: RuleSet, rule: string, event: Event): CorrelationHit => ({
  rule,
  timeMs: Date.parse(event.time),
  event: event.id,
  exchange: event.exchange ?? "",
  fields: set.hitFields(rule, event),
});

/** How often a correlation would have held, with the groups for samples. */
const firings = (set: RuleSet, correlation: Correlation, hits: readonly CorrelationHit[]): Hits | undefined => {
  const episodes = set
    .correlate(correlation, hits, Number.POSITIVE_INFINITY)
    .toSorted((left, right) => left.startMs - right.startMs);
  const [first, last] = [episodes[0], episodes.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const timeOf = (ms: number): string => new Date(ms).toISOString();
  return {
    count: episodes.length,
    first: timeOf(first.startMs),
    last: timeOf(last.endMs),
    samples: episodes.slice(0, SAMPLES).map(({ event, firedMs, hits: under, group }) => ({
      event,
      exchange: under.at(-1)?.exchange ?? "",
      time: timeOf(firedMs),
      principal: group["principal"] ?? "",
      group,
    })),
  };
};

const addHit = (known: Hits | undefined, event: Event): Hits => {
  const sample = {
    event: event.id,
    exchange: event.exchange ?? "",
    time: event.time,
    principal: event.principal ?? "",
  };
  if (known === undefined) return { count: 1, first: event.time, last: event.time, samples: [sample] };
  return {
    count: known.count + 1,
    first: event.time < known.first ? event.time : known.first,
    last: event.time > known.last ? event.time : known.last,
    samples: known.samples.length < SAMPLES ? [...known.samples, sample] : known.samples,
  };
};
