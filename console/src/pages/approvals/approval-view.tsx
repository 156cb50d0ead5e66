import type { CallFacts } from "@parapet/model";
import type { ApprovalDetail } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { SeverityBadge } from "../../components/badges.tsx";
import { plural, shortId } from "../../components/format.ts";
import { Facts, Folded, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { argumentsOf, type Argument } from "./arguments.ts";
import { ORIGIN_WORDS, originGroup, stateShape, stateWord, whatIsWanted, whoWants } from "./words.ts";
import classes from "./page.module.css";

type Content = NonNullable<ApprovalDetail["content"]>;

/** The whole call, where each argument comes from, how it differs from usual, and why it is held. `bare`: no links into the console. */
export const ApprovalView = ({
  approval,
  bare = false,
}: {
  readonly approval: ApprovalDetail;
  readonly bare?: boolean;
}): ReactNode => {
  const { content } = approval;
  return (
    <>
      <div className="stack tight">
        <h1>
          <Untrusted text={whoWants(approval)} /> wants to <Untrusted text={whatIsWanted(approval)} />
        </h1>
        <div className="row">
          <SeverityBadge severity={approval.severity} />
          <strong>
            <span aria-hidden="true">{stateShape(approval.state)}</span> {stateWord(approval.state)}
            {approval.decidedBy === undefined ? "" : ` by ${approval.decidedBy}`}
          </strong>
          <span className="soft">
            asked <Time time={approval.createdAt} />
            {approval.asked > 1 ? `, ${plural(approval.asked, "time")}` : ""}
          </span>
        </div>
        <p>
          <Sentence text={approval.message} />
        </p>
        {approval.reason === undefined ? null : (
          <p>
            <strong>{approval.decidedBy}</strong>: <VisibleText text={approval.reason} />
          </p>
        )}
      </div>
      {content === undefined ? (
        <p className="soft">What stood in it was erased, or can no longer be read.</p>
      ) : (
        <ContentView content={content} />
      )}
      <Panel title="Who and where">
        <Facts facts={factsOf(approval, bare)} />
      </Panel>
      <Folded title="History" summary={plural(approval.history.length, "step")}>
        <ol className={classes.history}>
          {approval.history.map((one, at) => (
            <li key={at}>
              <Time time={one.time} /> {one.step} by <Untrusted text={one.actor} />
              {one.note === undefined ? null : (
                <>
                  : <VisibleText text={one.note} />
                </>
              )}
            </li>
          ))}
        </ol>
      </Folded>
    </>
  );
};

const ContentView = ({ content }: { readonly content: Content }): ReactNode => {
  const listed = content.arguments === undefined ? [] : argumentsOf(content.arguments, content.facts?.origins ?? []);
  const why = [...(content.facts?.reasons ?? []), ...content.differences.map(({ sentence }) => sentence)];
  return (
    <>
      {why.length === 0 ? null : (
        <Panel title="What to look at">
          <ul className={classes.reasons}>
            {why.map((sentence, at) => (
              <li key={at}>
                <Sentence text={sentence} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {content.arguments === undefined ? null : (
        <Panel title="The whole call">
          {listed === undefined ? null : listed.length === 0 ? (
            <p className="soft">No arguments.</p>
          ) : (
            <dl className={classes.arguments}>
              {listed.map((one) => (
                <ArgumentRow key={one.path} argument={one} content={content} />
              ))}
            </dl>
          )}
          <Folded title="As sent" summary={`${content.arguments.length} characters`} open={listed === undefined}>
            <pre className={classes.sent} tabIndex={0}>
              <VisibleText text={content.arguments} />
            </pre>
          </Folded>
        </Panel>
      )}
      {content.texts === undefined ? null : (
        <Panel title="What it says">
          {content.cut > 0 ? <p className="soft">{content.cut} characters of earlier texts are left out.</p> : null}
          {content.texts.map(({ role, text }, at) => (
            <div key={at} className="stack tight">
              <span className="soft small">{role}</span>
              <pre className={classes.sent} tabIndex={0}>
                <VisibleText text={text} />
              </pre>
            </div>
          ))}
        </Panel>
      )}
      {content.facts === undefined ? null : (
        <Panel title="What is known of the call">
          <Facts facts={callFacts(content.facts)} />
        </Panel>
      )}
    </>
  );
};

const ArgumentRow = ({ argument, content }: { readonly argument: Argument; readonly content: Content }): ReactNode => {
  const { origin } = argument;
  const unusual = content.differences.find(({ path }) => path === argument.path);
  return (
    <div data-group={origin === undefined ? undefined : originGroup(origin.origin)} data-unusual={unusual?.kind}>
      <dt>
        <Untrusted text={argument.name} />
        {origin?.role === undefined ? null : <span className="soft"> {origin.role}</span>}
      </dt>
      <dd>
        <span>
          <VisibleText text={argument.value} />
        </span>
        {origin === undefined ? null : (
          <span className={classes.origin}>
            {ORIGIN_WORDS[origin.origin]}
            {origin.tool === undefined ? null : (
              <>
                , in the result of <Untrusted text={origin.tool} />
              </>
            )}
          </span>
        )}
        {unusual === undefined ? null : <span className={classes.unusual}>≠ {unusual.kind.replaceAll("-", " ")}</span>}
      </dd>
    </div>
  );
};

const listOr = (values: readonly string[], none: string): string => (values.length === 0 ? none : values.join(", "));

const callFacts = ({
  effects,
  basis,
  pin,
  scope,
  flow,
  limits,
  steps,
}: CallFacts): readonly (readonly [string, ReactNode])[] => [
  ["what the tool does", `${listOr(effects, "nothing known")} (${basis})`],
  ["its definition", pin === "none" ? "not pinned" : pin],
  [
    "what the agent may do",
    scope.declared
      ? scope.violations.length === 0
        ? "within its scope"
        : `outside: ${scope.violations.join(", ")}`
      : "not declared",
  ],
  ["the user asked for it", flow.asked ? "yes" : flow.user ? "no" : "the user's words are not known"],
  ...(flow.doubt === undefined ? [] : [["content’s idea, not the user’s", `${flow.doubt} % likely`] as const]),
  [
    "in the session",
    `${flow.untrusted ? "untrusted content" : "no untrusted content"}; data: ${listOr(flow.classes, "none of a class")}`,
  ],
  ["steps before", `${steps.count}${steps.repeats > 0 ? `, ${steps.repeats} the same as this one` : ""}`],
  ...(limits.exceeded.length === 0 ? [] : [["limits exceeded", limits.exceeded.join(", ")] as const]),
];

const factsOf = (approval: ApprovalDetail, bare: boolean): readonly (readonly [string, ReactNode])[] => [
  ["for the user", approval.user === undefined ? "nobody named" : <Untrusted key="user" text={approval.user} />],
  ["principal", <Untrusted key="principal" text={approval.principal} />],
  ["policy", bare ? approval.policy : <PolicyLink key="policy" policy={approval.policy} />],
  ["risk of the session", `${approval.risk} of 1000`],
  [
    "exchange",
    bare ? (
      <code key="exchange">{shortId(approval.exchange)}</code>
    ) : (
      <Link key="exchange" to="/exchanges/$id" params={{ id: approval.exchange }}>
        <code>{shortId(approval.exchange)}</code>
      </Link>
    ),
  ],
  ["route and model", `${approval.route}, ${approval.model}`],
  ...(approval.approvers === undefined ? [] : [["who may decide", approval.approvers.join(", ")] as const]),
];

const PolicyLink = ({ policy }: { readonly policy: string }): ReactNode => (
  <Link to="/policies" search={{ policy }}>
    {policy}
  </Link>
);
