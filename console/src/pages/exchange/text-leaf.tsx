import type { ExchangeDetail } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { OutcomeText, SeverityBadge } from "../../components/badges.tsx";
import { MarkedText } from "../../components/exchange/marked-text.tsx";
import { ProvenanceEdge, ProvenanceWord } from "../../components/exchange/provenance.tsx";
import { words } from "../../components/format.ts";
import { VisibleText } from "../../components/untrusted.tsx";
import { AbsentText } from "./absent-text.tsx";
import { outcomesOf, type Parts } from "./shape.ts";
import classes from "./protocol-shape.module.css";

interface Props {
  readonly index: number;
  readonly exchange: ExchangeDetail;
  readonly parts: Parts;
}

/** A text at its place in the body, marked, with what became of it and the way to it in the conversation. */
export const TextLeaf = ({ index, exchange, parts }: Props): ReactNode => {
  const segment = parts.segments.get(index);
  if (segment === undefined) return null;
  const own = parts.matches.get(index) ?? [];
  const outcomes = outcomesOf(parts.receipt.get(index) ?? []);
  return (
    <div className={classes.leaf} id={`at-${index}`} tabIndex={-1}>
      <ProvenanceEdge provenance={segment.provenance}>
        <p className={classes.label}>
          <ProvenanceWord provenance={segment.provenance} />
          {outcomes.map(({ outcome, why }) => (
            <span key={`${outcome} ${why}`} className="soft">
              <OutcomeText outcome={outcome} /> <VisibleText text={why} />
            </span>
          ))}
          <Link
            to="/exchanges/$id"
            params={{ id: exchange.id }}
            search={(before) => ({ ...before, view: undefined })}
            hash={`part-${index}`}
          >
            part {index}
            <span className="visually-hidden"> in the conversation</span>
          </Link>
        </p>
        {segment.text === undefined ? (
          <AbsentText segment={segment} capture={exchange.capture} />
        ) : (
          <MarkedText
            text={segment.text}
            length={segment.length}
            matches={own}
            masked={(exchange.masked ?? []).filter((span) => span.segment === index)}
          />
        )}
        {own.length === 0 ? null : (
          <ol className={classes.matches} aria-label="Matches">
            {own.map((match) => (
              <li key={match.number}>
                <span className={classes.number}>{match.number}</span> <SeverityBadge severity={match.severity} />{" "}
                <strong>{words(match.category)}</strong> <span className="soft">{match.detector}</span>
              </li>
            ))}
          </ol>
        )}
      </ProvenanceEdge>
    </div>
  );
};
