import type { MaskedSpan } from "@parapet/model";
import type { ReactNode } from "react";
import { SeverityBadge } from "../badges.tsx";
import { words } from "../format.ts";
import { Sentence } from "../sentence.tsx";
import { VisibleText } from "../untrusted.tsx";
import type { NumberedMatch } from "./numbered.ts";
import classes from "./reasons.module.css";

const percent = (confidence: number): string => `${Math.round(confidence * 100)} %`;

/** Why each mark is there; the same numbers as in the text. */
export const Reasons = ({
  matches,
  masked = [],
}: {
  readonly matches: readonly NumberedMatch[];
  readonly masked?: readonly MaskedSpan[];
}): ReactNode => (
  <ol className={classes.reasons} aria-label="Matches">
    {matches.map((match) => (
      <li key={match.number} className={classes.reason}>
        <span className={classes.number}>{match.number}</span>
        <div>
          <p className={classes.what}>
            <SeverityBadge severity={match.severity} /> <strong>{words(match.category)}</strong>
          </p>
          <p>
            <Sentence text={match.reason} />
          </p>
          <p className="soft small">
            {match.detector}, {match.type}, {percent(match.confidence)} sure
            {match.view === "original" ? "" : `, seen in the ${match.view} form`}
          </p>
          <MaskedAs span={masked.find(({ start, end }) => start <= match.start && match.end <= end)} />
          {match.clues === undefined || match.clues.length === 0 ? null : (
            <details className="small">
              <summary className="soft">What counted</summary>
              <ul className={classes.clues}>
                {match.clues.map((clue, position) => (
                  <li key={position}>
                    <span className={classes.weight}>
                      {clue.weight > 0 ? "+" : "−"}
                      {Math.abs(clue.weight).toFixed(1)}
                    </span>
                    <span>
                      <code>
                        <VisibleText text={clue.text} />
                      </code>{" "}
                      {clue.why}
                    </span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      </li>
    ))}
  </ol>
);

const MaskedAs = ({ span }: { readonly span: MaskedSpan | undefined }): ReactNode =>
  span === undefined ? null : (
    <p className="small">
      Masked: the model saw{" "}
      <code>
        <VisibleText text={span.token} />
      </code>
    </p>
  );
