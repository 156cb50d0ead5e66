import { Button } from "@mantine/core";
import type { MaskedSpan } from "@parapet/model";
import { useMemo, useState, type ReactNode } from "react";
import { markRuns } from "../../text/marks.ts";
import { alignToKept } from "../../text/redacted.ts";
import { plural } from "../format.ts";
import type { DrawnOrigin } from "../../text/origins.ts";
import { VisibleText } from "../untrusted.tsx";
import type { NumberedMatch } from "./numbered.ts";
import classes from "./marked-text.module.css";

const DRAWN_MAX = 6_000;
const NO_MASKS: readonly MaskedSpan[] = [];
const NO_ORIGINS: readonly DrawnOrigin[] = [];
/** Numbers of origins among those of matches. */
const ORIGINS_FROM = 1_000_000;

/**
 * Captured text as a quiet block: matches marked, hidden characters drawn, nothing interpreted.
 * `length` is the original's, which tells whether spans still fit the text that was kept.
 */
export const MarkedText = ({
  text,
  length,
  matches,
  masked = NO_MASKS,
  origins = NO_ORIGINS,
}: {
  readonly text: string;
  readonly length: number;
  readonly matches: readonly NumberedMatch[];
  /** Spans of this text in whose place tokens were kept. */
  readonly masked?: readonly MaskedSpan[];
  /** Spans of this text that tool calls took values from. */
  readonly origins?: readonly DrawnOrigin[];
}): ReactNode => {
  const [whole, setWhole] = useState(false);
  const aligned = useMemo(
    () => alignToKept(text, length, [...matches, ...origins.map(placedOrigin)], masked),
    [text, length, matches, masked, origins],
  );
  const drawn = whole ? text : text.slice(0, DRAWN_MAX);
  const runs = useMemo(() => markRuns(drawn, aligned ?? []), [drawn, aligned]);
  const beyond = whole ? 0 : (aligned ?? []).filter((span) => span.end > DRAWN_MAX).length;
  return (
    <div className={classes.frame}>
      <pre className={classes.text}>
        {runs.map((run) => {
          const content = <VisibleText text={drawn.slice(run.start, run.end)} />;
          if (run.covered.length === 0) return <span key={run.start}>{content}</span>;
          const found = run.covered.filter((number) => number < ORIGINS_FROM);
          return (
            <mark
              key={run.start}
              className={classes.mark}
              data-deep={found.length > 1 ? "" : undefined}
              data-origin={found.length === 0 ? originAt(origins, run.covered) : undefined}
            >
              {run.opens.map((number) => {
                const drawn = origins[number - ORIGINS_FROM];
                return drawn === undefined ? null : <OriginBadge key={number} drawn={drawn} />;
              })}
              {run.opens
                .filter((number) => number < ORIGINS_FROM)
                .map((number) => (
                  <span key={number} className={classes.badge} data-match={number} tabIndex={-1}>
                    <span className="visually-hidden">match </span>
                    {number}
                    <span className="visually-hidden">: </span>
                  </span>
                ))}
              {content}
            </mark>
          );
        })}
      </pre>
      {aligned === undefined ? (
        <p className={classes.note}>
          The kept text is redacted in a way that the marks cannot be placed in; the reasons stand beside it.
        </p>
      ) : null}
      {text.length > DRAWN_MAX && !whole ? (
        <p className={classes.note}>
          The first {plural(DRAWN_MAX, "character")} of {plural(text.length, "character")}
          {beyond > 0 ? `, ${plural(beyond, "match", "matches")} further down` : ""}.{" "}
          <Button size="compact-xs" variant="subtle" onClick={() => setWhole(true)}>
            Show all
          </Button>
        </p>
      ) : null}
    </div>
  );
};

/** No words are replaced for being a value's origin. */
const placedOrigin = ({ start, end }: DrawnOrigin, position: number) => ({
  number: ORIGINS_FROM + position,
  category: "requested_action" as const,
  type: "",
  start,
  end,
});

/** The origin that a stretch is drawn for. */
const originAt = (origins: readonly DrawnOrigin[], covered: readonly number[]): string =>
  origins[(covered[0] ?? 0) - ORIGINS_FROM]?.origin ?? "";

/** Leads back to the argument. */
const OriginBadge = ({ drawn }: { readonly drawn: DrawnOrigin }): ReactNode => (
  <a
    className={classes.origin}
    data-origin={drawn.origin}
    id={`origin-${drawn.letter}`}
    href={`#argument-${drawn.letter}`}
    title={`${drawn.path} of ${drawn.call.name}`}
  >
    <span className="visually-hidden">value of argument </span>
    {drawn.letter}
    <span className="visually-hidden">: </span>
  </a>
);
