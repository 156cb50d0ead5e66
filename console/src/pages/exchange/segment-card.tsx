import type { CapturedSegment, MaskedSpan, RestoredToken, ToolCall } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import type { ReactNode } from "react";
import { MarkedText } from "../../components/exchange/marked-text.tsx";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { ProvenanceEdge, ProvenanceWord } from "../../components/exchange/provenance.tsx";
import { Reasons } from "../../components/exchange/reasons.tsx";
import { plural } from "../../components/format.ts";
import type { DrawnOrigin } from "../../text/origins.ts";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./column.module.css";
import { ToolCallCard } from "./tool-call-card.tsx";

const missing: Readonly<Record<ExchangeDetail["capture"], string>> = {
  full: "not stored",
  redacted: "not stored",
  hash: "digest only",
  erased: "erased",
  expired: "expired",
};

interface Props {
  readonly segment: CapturedSegment;
  readonly capture: ExchangeDetail["capture"];
  readonly toolCall: ToolCall | undefined;
  readonly matches: readonly NumberedMatch[];
  /** Of this segment. */
  readonly masked: readonly MaskedSpan[];
  readonly restored: readonly RestoredToken[];
  /** Of all tool calls, wherever they took their values. */
  readonly drawn: readonly DrawnOrigin[];
  /** All parts, for a call's arguments. */
  readonly segments: readonly CapturedSegment[];
}

/** One part with its matches beside it; a tool call is a card of its own. */
export const SegmentCard = ({
  segment,
  capture,
  toolCall,
  matches,
  masked,
  restored,
  drawn,
  segments,
}: Props): ReactNode => (
  <ProvenanceEdge provenance={segment.provenance}>
    <div className={classes.segment} id={`part-${segment.index}`} data-marked={matches.length > 0 ? "" : undefined}>
      <div className={classes.text} data-tool={toolCall === undefined ? undefined : ""}>
        <p className={classes.label}>
          <ProvenanceWord provenance={segment.provenance} />
          {toolCall === undefined ? (
            <span className="soft">
              <Untrusted text={segment.role} />
            </span>
          ) : (
            <span>
              calls{" "}
              <code>
                <Untrusted text={toolCall.name} />
              </code>
            </span>
          )}
          <code className="soft clip" title={segment.pointer}>
            <Untrusted text={segment.pointer} />
          </code>
        </p>
        {segment.text === undefined ? (
          <p className={classes.absent}>
            Text {missing[capture]}: {plural(segment.length, "character")}, digest{" "}
            <code>{segment.digest.slice(0, 16)}</code>
          </p>
        ) : (
          <MarkedText
            text={segment.text}
            length={segment.length}
            matches={matches}
            masked={masked}
            origins={drawn.filter((one) => one.segment === segment.index)}
          />
        )}
        {toolCall === undefined ? null : <ToolCallCard call={toolCall} segments={segments} drawn={drawn} />}
        <PutBack restored={restored} />
      </div>
      {matches.length === 0 ? null : <Reasons matches={matches} masked={masked} />}
    </div>
  </ProvenanceEdge>
);

/** Kept text shows the tokens; who asked got the values. */
const PutBack = ({ restored }: { readonly restored: readonly RestoredToken[] }): ReactNode =>
  restored.length === 0 ? null : (
    <p className="soft small">
      Put back for the caller:{" "}
      {restored.map(({ token, times }, position) => (
        <span key={token}>
          {position === 0 ? "" : ", "}
          <code>
            <Untrusted text={token} />
          </code>
          {times === 1 ? "" : ` ${times} times`}
        </span>
      ))}
    </p>
  );
