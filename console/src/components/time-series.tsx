import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import { useZone, type Zone } from "./preferences.ts";
import Plot, { type AlignedData, type Options, type Series } from "uplot";

export interface SeriesLine {
  readonly label: string;
  /** Name of a CSS variable. */
  readonly color: string;
  readonly hatched?: boolean;
  readonly values: readonly number[];
}

const SYNC_KEY = "parapet";

/** Bars stand on each other: a later line starts where the earlier ones end. Nothing is no bar, not a flat one. */
const stacked = (lines: readonly SeriesLine[]): readonly (number | null)[][] => {
  const totals: number[] = [];
  return lines.map((line) =>
    line.values.map((value, at) => {
      const total = (totals[at] ?? 0) + value;
      totals[at] = total;
      return value === 0 ? null : total;
    }),
  );
};

const hatch = (color: string, ground: string): CanvasPattern | string => {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const context = tile.getContext("2d");
  if (context === null) return color;
  context.fillStyle = ground;
  context.fillRect(0, 0, 6, 6);
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(-1, 7);
  context.lineTo(7, -1);
  context.stroke();
  return context.createPattern(tile, "repeat") ?? color;
};

const DAY_SECONDS = 86_400;

/** Clock times within two days, dates beyond; in the zone the reader chose. */
export const timeLabels = (splits: readonly number[], zone: Zone): string[] => {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  const form: Intl.DateTimeFormatOptions =
    span <= 2 * DAY_SECONDS ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat("en-GB", { ...form, ...(zone === "utc" ? { timeZone: "UTC" } : {}) });
  return splits.map((seconds) => format.format(seconds * 1_000));
};

const optionsFor = (
  element: HTMLElement,
  times: readonly number[],
  lines: readonly SeriesLine[],
  height: number,
  zone: Zone,
): Options => {
  const bucket = (times[1] ?? 1) - (times[0] ?? 0);
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--p-soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: color("--p-line"), width: 1 },
    ticks: { show: false },
  };
  const bars = Plot.paths.bars?.({ size: [0.78, 40] });
  // The tallest stack is drawn first, so that each lower one covers its own part.
  const series = lines.toReversed().map((line): Series => ({
    label: line.label,
    stroke: color(line.color),
    width: line.hatched === true ? 1 : 0,
    fill: line.hatched === true ? () => hatch(color(line.color), color("--p-ground")) : color(line.color),
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  }));
  return {
    width: element.clientWidth,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC_KEY }, y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { range: (_plot, min, max) => [min - bucket / 2, max + bucket / 2] },
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 1, 1) * 1.08] },
    },
    axes: [
      { ...axis, size: 26, space: 70, values: (_plot, splits) => timeLabels(splits, zone) },
      {
        ...axis,
        size: 48,
        space: 22,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 1_000_000],
      },
    ],
    series: [{}, ...series],
  };
};

/** Stacked bars over time. The chart is decoration for those who see it; the page also holds the numbers as a table. */
export const TimeSeries = ({
  label,
  times,
  lines,
  height,
}: {
  readonly label: string;
  readonly times: readonly number[];
  readonly lines: readonly SeriesLine[];
  readonly height: number;
}): ReactNode => {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const [zone] = useZone();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const data: AlignedData = [[...times], ...stacked(lines).toReversed()];
    const plot = new Plot(optionsFor(element, times, lines, height, zone), data, element);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [times, lines, height, scheme, zone]);
  return <div ref={holder} role="img" aria-label={label} style={{ height, minWidth: 0, overflow: "hidden" }} />;
};
