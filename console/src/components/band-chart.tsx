import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import Plot, { type AlignedData, type Options } from "uplot";
import { useZone, type Zone } from "./preferences.ts";
import { timeLabels } from "./time-series.tsx";

export interface BandChartProps {
  readonly label: string;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly seen: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Positions in `times` that are out of the ordinary. */
  readonly strange: ReadonlySet<number>;
  /** Seconds at which something was changed. */
  readonly changes: readonly number[];
  readonly height: number;
}

const MARK_DASH = [4, 3];
const SPAN_MIN_SECONDS = 12 * 3_600;

const optionsFor = (element: HTMLElement, { times, strange, changes, height }: BandChartProps, zone: Zone): Options => {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--p-soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: color("--p-line"), width: 1 },
    ticks: { show: false },
  };
  const none = { points: { show: false }, width: 0 };
  return {
    width: element.clientWidth,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      // A few hours alone would be stretched over years.
      x: { range: (_plot, min, max) => (max - min < SPAN_MIN_SECONDS ? [max - SPAN_MIN_SECONDS, max] : [min, max]) },
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 1, 1) * 1.08] },
    },
    axes: [
      { ...axis, size: 26, space: 70, values: (_plot, splits) => timeLabels(splits, zone) },
      { ...axis, size: 56, space: 22 },
    ],
    series: [
      {},
      { ...none, label: "high" },
      { ...none, label: "low" },
      {
        label: "seen",
        stroke: color("--p-accent"),
        width: 1.5,
        spanGaps: false,
        points: {
          show: true,
          size: 7,
          filter: () => [...strange],
          fill: color("--p-critical"),
          stroke: color("--p-critical"),
        },
      },
    ],
    bands: [{ series: [1, 2], fill: color("--p-accent-ground") }],
    hooks: {
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          ctx.strokeStyle = color("--p-soft");
          ctx.setLineDash(MARK_DASH);
          for (const at of changes) {
            if (at < (times[0] ?? 0)) continue;
            const x = plot.valToPos(at, "x", true);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
          }
          ctx.restore();
        },
      ],
    },
  };
};

/** A series with the band that is expected of it. Decoration for those who see it; the page also has the numbers as a table. */
export const BandChart = (props: BandChartProps): ReactNode => {
  const { label, times, seen, low, high, height } = props;
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const [zone] = useZone();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const data: AlignedData = [[...times], [...high], [...low], [...seen]];
    const plot = new Plot(optionsFor(element, props, zone), data, element);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [props, times, seen, low, high, height, scheme, zone]);
  return <div ref={holder} role="img" aria-label={label} style={{ height, minWidth: 0, overflow: "hidden" }} />;
};
