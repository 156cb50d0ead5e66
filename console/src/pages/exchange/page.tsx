import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ExchangeDetail } from "@parapet/model/api";
import { useMemo, useRef, type ReactNode } from "react";
import { exchangeQuery } from "../../api/queries.ts";
import { CallFacts, ExchangeFacts } from "../../components/exchange/facts.tsx";
import { numberMatches } from "../../components/exchange/numbered.ts";
import { sentenceOf } from "../../components/exchange/sentence.ts";
import { Folded, Page } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { useKeys } from "../../components/shell/keys.ts";
import { Loaded } from "../../components/states.tsx";
import { VisibleText } from "../../components/untrusted.tsx";
import { useArrival } from "./arrival.ts";
import { CaptureNote } from "./capture-note.tsx";
import { Column } from "./column.tsx";
import { EvidenceFold } from "./evidence-fold.tsx";
import { ProtocolShape } from "./protocol-shape.tsx";
import { ReceiptFold } from "./receipt-fold.tsx";
import { TimelineFold } from "./timeline-fold.tsx";

export const ExchangePage = (): ReactNode => {
  const { id } = useParams({ from: "/exchanges/$id" });
  const query = useQuery(exchangeQuery(id));
  const at = useRef(0);
  const nextMatch = (): void => {
    const marks = document.querySelectorAll<HTMLElement>("[data-match]");
    const mark = marks[at.current % Math.max(marks.length, 1)];
    at.current += 1;
    mark?.scrollIntoView({ block: "center" });
    mark?.focus({ preventScroll: true });
  };
  useKeys({ n: nextMatch });
  return (
    <Page>
      <Loaded query={query} height={480} title="Exchange">
        {(exchange) => (
          <>
            <div className="stack tight">
              <p className="small">
                <Link to="/exchanges">Exchanges</Link>{" "}
                <span className="soft">
                  / <code>{exchange.id}</code>
                </span>
              </p>
              <h1>
                <VisibleText text={sentenceOf(exchange)} />
              </h1>
              {exchange.detail === undefined ? null : (
                <p>
                  <Sentence text={exchange.detail} />
                </p>
              )}
            </div>
            <ExchangeFacts exchange={exchange} />
            <Views exchange={exchange} />
            <div>
              <ReceiptFold exchange={exchange} />
              <EvidenceFold exchange={exchange} />
              <TimelineFold exchange={exchange} />
              <Folded title="Call" summary={`${exchange.origin.endpoint} from ${exchange.origin.address}`}>
                <CallFacts exchange={exchange} />
              </Folded>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
};

const VIEWS = [
  { value: "conversation", label: "Conversation" },
  { value: "protocol", label: "Protocol’s own shape" },
];

/** The same parts in two shapes: as a conversation, which is the same for every protocol, and as this one spells them. */
const Views = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const { view = "conversation" } = useSearch({ from: "/exchanges/$id" });
  const navigate = useNavigate({ from: "/exchanges/$id" });
  const matches = useMemo(() => numberMatches(exchange.matches), [exchange.matches]);
  useArrival(view);
  return (
    <>
      <div>
        <SegmentedControl
          size="xs"
          aria-label="Shape"
          data={VIEWS}
          value={view}
          onChange={(value) =>
            void navigate({
              search: (before) => ({ ...before, view: value === "protocol" ? value : undefined }),
              replace: true,
            })
          }
        />
      </div>
      <CaptureNote capture={exchange.capture} />
      {view === "protocol" ? (
        <ProtocolShape exchange={exchange} matches={matches} />
      ) : (
        <Column exchange={exchange} matches={matches} />
      )}
    </>
  );
};
