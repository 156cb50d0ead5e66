import type { ArgumentOrigin, CallFacts, CapturedSegment, ToolCall } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { VerdictBadge } from "../../components/badges.tsx";
import { plural, words } from "../../components/format.ts";
import { Facts } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { argumentText, type DrawnOrigin } from "../../text/origins.ts";
import classes from "./tool-call-card.module.css";

const originWords: Readonly<Record<ArgumentOrigin["origin"], string>> = {
  none: "no value",
  user: "the user said it",
  trusted: "trusted text says it",
  delegated: "in what the user pointed at",
  model: "nobody said it",
  untrusted: "only untrusted text says it",
};
const originShapes: Readonly<Record<ArgumentOrigin["origin"], string>> = {
  none: "–",
  user: "●",
  trusted: "●",
  delegated: "◐",
  model: "○",
  untrusted: "▲",
};

/** Shape and words beside the colour: any one of the three is enough. */
const OriginWord = ({ origin }: { readonly origin: ArgumentOrigin["origin"] }): ReactNode => (
  <span className={classes.origin} data-origin={origin}>
    <span aria-hidden="true">{originShapes[origin]}</span> {originWords[origin]}
  </span>
);

interface Props {
  readonly call: ToolCall;
  readonly segments: readonly CapturedSegment[];
  readonly drawn: readonly DrawnOrigin[];
}

/** What the call does, what was decided about it, and where each of its arguments comes from. */
export const ToolCallCard = ({ call, segments, drawn }: Props): ReactNode => {
  const { facts, decision } = call;
  if (facts === undefined) return null;
  return (
    <section className={classes.card} aria-label={`What is known of ${call.name}`}>
      <p className={classes.line}>
        {decision === undefined ? null : <VerdictBadge action={decision.action} />}
        {facts.effects.map((effect) => (
          <span key={effect} className={classes.effect} data-effect={effect}>
            {effect}
          </span>
        ))}
        <span className="soft small">{basisWords[facts.basis]}</span>
        {decision?.policy === undefined ? null : (
          <Link className="small" to="/policies" search={{ policy: decision.policy }}>
            {decision.policy}
          </Link>
        )}
      </p>
      {facts.origins.length === 0 ? null : (
        <table className={`plain ${classes.arguments}`}>
          <thead>
            <tr>
              <th>Argument</th>
              <th>Value</th>
              <th>Where it comes from</th>
            </tr>
          </thead>
          <tbody>
            {facts.origins.map((origin) => (
              <ArgumentRow
                key={origin.path}
                origin={origin}
                value={argumentText(segments, call, origin.path)}
                letter={drawn.find((one) => one.call === call && one.path === origin.path)?.letter}
              />
            ))}
          </tbody>
        </table>
      )}
      {facts.reasons.length === 0 ? null : (
        <ul className={classes.reasons}>
          {facts.reasons.map((reason) => (
            <li key={reason}>
              <Sentence text={reason} />
            </li>
          ))}
        </ul>
      )}
      <Facts facts={factsOf(facts)} />
    </section>
  );
};

const basisWords: Readonly<Record<CallFacts["basis"], string>> = {
  declared: "as declared",
  annotated: "as its server says",
  inferred: "inferred from name and schema",
};

const ArgumentRow = ({
  origin,
  value,
  letter,
}: {
  readonly origin: ArgumentOrigin;
  readonly value: string | undefined;
  readonly letter: string | undefined;
}): ReactNode => (
  <tr id={letter === undefined ? undefined : `argument-${letter}`}>
    <td>
      <code>
        <Untrusted text={origin.path.slice(1)} />
      </code>
      {origin.role === undefined ? null : <div className="soft small">{origin.role}</div>}
    </td>
    <td className={classes.value}>
      {value === undefined ? <span className="soft">not kept</span> : <Untrusted text={value} />}
    </td>
    <td>
      <OriginWord origin={origin.origin} />
      {origin.segment === undefined ? null : (
        <div className="small">
          {letter === undefined ? null : <span className={classes.letter}>{letter}</span>}
          <a href={letter === undefined ? `#part-${origin.segment}` : `#origin-${letter}`}>part {origin.segment}</a>
          {origin.tool === undefined ? null : (
            <>
              , result of <Untrusted text={origin.tool} />
            </>
          )}
        </div>
      )}
    </td>
  </tr>
);

const listed = (names: readonly string[]): string => names.map(words).join(", ");

const scopeWords = ({ scope }: CallFacts): string => {
  if (!scope.declared) return "the agent has no declaration";
  return scope.violations.length === 0 ? "within what the agent was given" : `outside: ${listed(scope.violations)}`;
};

const labelWords = ({ flow }: CallFacts): string =>
  [
    flow.known ? "" : "not all of it was seen",
    flow.untrusted ? "untrusted content" : "nothing untrusted",
    flow.classes.length === 0 ? "" : `${listed(flow.classes)} data`,
  ]
    .filter((part) => part !== "")
    .join("; ");

const stepWords = ({ steps }: CallFacts): string =>
  [
    steps.count === 0 ? "first call of the session" : `after ${plural(steps.count, "call")}`,
    steps.repeats === 0 ? "" : `${plural(steps.repeats, "time")} the same before`,
    steps.unexpected ? "not a step that this agent is known to take here" : "",
    steps.forbidden ? "forbidden here" : "",
    steps.paused ? "the agent is paused: many of its calls were stopped" : "",
  ]
    .filter((part) => part !== "")
    .join("; ");

const factsOf = (facts: CallFacts): readonly (readonly [string, ReactNode])[] => {
  const all: readonly (readonly [string, ReactNode])[] = [
    [
      "Asked for",
      facts.flow.user
        ? facts.flow.asked
          ? "yes, by the user"
          : "not in the user’s words"
        : "no words of a user are known",
    ],
    ["Content’s idea, not the user’s", facts.flow.doubt === undefined ? "" : `${facts.flow.doubt} % likely`],
    ["The session holds", labelWords(facts)],
    ["Scope", scopeWords(facts)],
    ["Steps", stepWords(facts)],
    ["Limits", facts.limits.exceeded.length === 0 ? "" : `over ${facts.limits.exceeded.join(", ")}`],
    ["Server", facts.server === "" ? "" : <Untrusted key="server" text={facts.server} />],
    ["Definition", facts.pin === "none" || facts.pin === "pinned" ? "" : `${facts.pin}, not as approved`],
  ];
  return all.filter(([, value]) => value !== "");
};
