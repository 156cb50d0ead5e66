import type { ReactNode } from "react";
import classes from "./page.module.css";

export interface Rate {
  readonly key: string;
  /** Null where nothing was measured: the line has a gap there. */
  readonly rate: number | null;
  readonly worse: boolean;
  /** Not to be compared with the one before: no line leads here. */
  readonly apart: boolean;
}

/** One point per run, oldest left. Decoration for those who see it: the numbers stand beside it or in a table. */
export const RateLine = ({
  rates,
  max,
  label,
  large,
}: {
  readonly rates: readonly Rate[];
  /** The rate at the top. */
  readonly max: number;
  readonly label?: string;
  readonly large?: boolean;
}): ReactNode => {
  const x = (index: number): string => `${rates.length === 1 ? 50 : 3 + (94 * index) / (rates.length - 1)}%`;
  const y = (rate: number): string => `${94 - (88 * Math.min(rate, max)) / max}%`;
  return (
    <svg
      className={classes.rates}
      data-large={large === true ? "" : undefined}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {large === true
        ? [0, max / 2, max].map((at) => (
            <line key={at} className={classes.grid} x1="0" x2="100%" y1={y(at)} y2={y(at)} />
          ))
        : null}
      {rates.map(({ key, rate, apart }, index) => {
        const before = rates[index - 1]?.rate ?? null;
        if (rate === null || before === null || apart) return null;
        return <line key={key} className={classes.line} x1={x(index - 1)} y1={y(before)} x2={x(index)} y2={y(rate)} />;
      })}
      {rates.map(({ key, rate, worse }, index) =>
        rate === null || !(worse || large === true || index === rates.length - 1) ? null : (
          <circle
            key={key}
            className={classes.dot}
            data-worse={worse ? "" : undefined}
            cx={x(index)}
            cy={y(rate)}
            r={worse ? 4 : 2.5}
          />
        ),
      )}
    </svg>
  );
};
