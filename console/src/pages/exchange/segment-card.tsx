import type { CapturedSegment, MaskedSpan, RestoredToken, ToolCall } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { MarkedText } from "../../components/exchange/marked-text.tsx";
import type { NumberedMatch } from "../../components/exchange/numbered.ts";
import { ProvenanceEdge, ProvenanceWord } from "../../components/exchange/provenance.tsx";
import { Reasons } from "../../components/exchange/reasons.tsx";
import type { DrawnOrigin } from "../../text/origins.ts";
import { toVisibleString } from "../../text/visible.ts";
import { Untrusted } from "../../components/untrusted.tsx";
import { AbsentText } from "./absent-text.tsx";
import classes from "./column.module.css";
import { ToolCallCard } from "./tool-call-card.tsx";

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
    <div
      className={classes.segment}
      id={`part-${segment.index}`}
      tabIndex={-1}
      data-marked={matches.length > 0 ? "" : undefined}
    >
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
          <Pointer segment={segment} />
        </p>
        {segment.text === undefined ? (
          <AbsentText segment={segment} capture={capture} />
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

/** Where it stands in the body, and the way there. */
const Pointer = ({ segment: { pointer, index } }: Pick<Props, "segment">): ReactNode => (
  <Link
    className={`${classes.pointer} clip`}
    from="/exchanges/$id"
    to="."
    search={(before) => ({ ...before, view: "protocol" as const })}
    hash={`at-${index}`}
    title={`${toVisibleString(pointer)} in the protocol’s own shape`}
  >
    <code>
      <Untrusted text={pointer === "" ? "body" : pointer} />
    </code>
  </Link>
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
