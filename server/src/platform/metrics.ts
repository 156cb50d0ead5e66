/** Prometheus text format 0.0.4, written by hand: a dozen lines against a dependency on the hot path. */
export interface Counter {
  readonly add: (labels: Labels, amount?: number) => void;
}
export interface Gauge {
  /** Read when scraped. */
  readonly read: (source: () => number) => void;
  /** The same for a series per set of labels; labels come from configuration and closed unions. */
  readonly readEach: (source: () => readonly (readonly [Labels, number])[]) => void;
}
export interface Histogram {
  readonly observe: (labels: Labels, value: number) => void;
}
export interface Metrics {
  readonly counter: (name: string, help: string) => Counter;
  readonly gauge: (name: string, help: string) => Gauge;
  readonly histogram: (name: string, help: string, buckets: readonly number[]) => Histogram;
  readonly render: () => string;
}

type Labels = Readonly<Record<string, string>>;

/** Series per metric; what goes beyond is counted under `other`, so that a caller cannot fill the memory. */
const SERIES_MAX = 500;

const SPECIAL = /[\\"\n]/;
const escapeLabel = (value: string): string =>
  SPECIAL.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
const serialise = (labels: Labels): string => {
  let text = "";
  for (const name in labels) text += `${text === "" ? "" : ","}${name}="${escapeLabel(labels[name] ?? "")}"`;
  return text;
};
const line = (name: string, labels: string, value: number): string =>
  `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
const within = (series: ReadonlyMap<string, unknown>, labels: string): string =>
  series.has(labels) || series.size < SERIES_MAX ? labels : 'series="other"';

export const createMetrics = (): Metrics => {
  const renderers: (() => string)[] = [];
  const head = (name: string, help: string, type: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

  const counter: Metrics["counter"] = (name, help) => {
    const series = new Map<string, number>();
    renderers.push(
      () => head(name, help, "counter") + [...series].map(([labels, value]) => line(name, labels, value)).join(""),
    );
    return {
      add: (labels, amount = 1) => {
        const key = within(series, serialise(labels));
        series.set(key, (series.get(key) ?? 0) + amount);
      },
    };
  };

  const gauge: Metrics["gauge"] = (name, help) => {
    let lines = (): string => line(name, "", 0);
    renderers.push(() => head(name, help, "gauge") + lines());
    return {
      read: (source) => {
        lines = () => line(name, "", source());
      },
      readEach: (source) => {
        lines = () =>
          source()
            .slice(0, SERIES_MAX)
            .map(([labels, value]) => line(name, serialise(labels), value))
            .join("");
      },
    };
  };

  const histogram: Metrics["histogram"] = (name, help, buckets) => {
    const series = new Map<string, { counts: number[]; sum: number; total: number }>();
    renderers.push(() => {
      const lines = [...series].map(([labels, { counts, sum, total }]) => {
        const prefix = labels === "" ? "" : `${labels},`;
        const rows = buckets.map((bound, index) =>
          line(`${name}_bucket`, `${prefix}le="${bound}"`, counts[index] ?? 0),
        );
        return `${rows.join("")}${line(`${name}_bucket`, `${prefix}le="+Inf"`, total)}${line(`${name}_sum`, labels, sum)}${line(`${name}_count`, labels, total)}`;
      });
      return head(name, help, "histogram") + lines.join("");
    });
    return {
      observe: (labels, value) => {
        const key = within(series, serialise(labels));
        let entry = series.get(key);
        if (entry === undefined) {
          entry = { counts: buckets.map(() => 0), sum: 0, total: 0 };
          series.set(key, entry);
        }
        entry.sum += value;
        entry.total += 1;
        buckets.forEach((bound, index) => {
          if (value <= bound && entry !== undefined) entry.counts[index] = (entry.counts[index] ?? 0) + 1;
        });
      },
    };
  };

  return { counter, gauge, histogram, render: () => renderers.map((render) => render()).join("") };
};
