import { Button, CloseButton } from "@mantine/core";
import type { ExchangeDetail } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { exchangeQuery } from "../../api/queries.ts";
import { ExchangeFacts } from "../../components/exchange/facts.tsx";
import { MarkedText } from "../../components/exchange/marked-text.tsx";
import { numberMatches } from "../../components/exchange/numbered.ts";
import { ProvenanceEdge, ProvenanceWord } from "../../components/exchange/provenance.tsx";
import { Reasons } from "../../components/exchange/reasons.tsx";
import { sentenceOf } from "../../components/exchange/sentence.ts";
import { VerdictCard } from "../../components/exchange/verdict.tsx";
import { Loaded } from "../../components/states.tsx";

const PARTS_SHOWN = 4;

export const Preview = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }): ReactNode => {
  const query = useQuery(exchangeQuery(id));
  return (
    <>
      <div className="row">
        <Button size="xs" renderRoot={(props) => <Link to="/exchanges/$id" params={{ id }} {...props} />}>
          Open
        </Button>
        <CloseButton className="push" aria-label="Close the preview" onClick={onClose} />
      </div>
      <Loaded query={query} height={320}>
        {(exchange) => <Inside key={exchange.id} exchange={exchange} />}
      </Loaded>
    </>
  );
};

/** What decided first: the parts with matches, or else the last one said. */
const Inside = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const matches = numberMatches(exchange.matches);
  const marked = exchange.segments.filter((segment) => matches.some((match) => match.segment === segment.index));
  const parts = (marked.length > 0 ? marked : exchange.segments.slice(-2)).slice(0, PARTS_SHOWN);
  const decided =
    exchange.responseVerdict !== undefined && exchange.requestVerdict.action === "allow"
      ? exchange.responseVerdict
      : exchange.requestVerdict;
  return (
    <>
      <p>
        <strong>{sentenceOf(exchange)}</strong>
      </p>
      {parts.map((segment) => {
        const own = matches.filter((match) => match.segment === segment.index);
        return (
          <ProvenanceEdge key={segment.index} provenance={segment.provenance}>
            <div className="stack tight">
              <ProvenanceWord provenance={segment.provenance} />
              {segment.text === undefined ? (
                <p className="soft">The text was not kept.</p>
              ) : (
                <MarkedText text={segment.text} length={segment.length} matches={own} />
              )}
              <Reasons matches={own} />
            </div>
          </ProvenanceEdge>
        );
      })}
      {marked.length > PARTS_SHOWN ? (
        <p className="soft">{marked.length - PARTS_SHOWN} more parts with matches.</p>
      ) : null}
      <VerdictCard title="Verdict" verdict={decided} />
      <ExchangeFacts exchange={exchange} />
    </>
  );
};
