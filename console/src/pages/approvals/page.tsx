import type { Approval } from "@parapet/model";
import type { ApprovalsPage as ApprovalsList } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, type ReactNode } from "react";
import { approvalsQuery } from "../../api/queries.ts";
import { SeverityBadge } from "../../components/badges.tsx";
import { CopyBlock } from "../../components/copy.tsx";
import { plural } from "../../components/format.ts";
import { Page, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { useKeys } from "../../components/shell/keys.ts";
import { Empty, Loaded } from "../../components/states.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { stateShape, stateWord, whatIsWanted, whoWants } from "./words.ts";
import classes from "./page.module.css";

const answer = ({ pending }: ApprovalsList): string =>
  pending === 0
    ? "Nothing waits for a person."
    : `${plural(pending, "thing")} ${pending === 1 ? "waits" : "wait"} for a person.`;

/** What waits for a person, and what was decided. */
export const ApprovalsPage = (): ReactNode => {
  const query = useQuery(approvalsQuery);
  return (
    <Page>
      <Loaded query={query} height={320} title="Approvals">
        {(list) => <Shown list={list} />}
      </Loaded>
    </Page>
  );
};

const Shown = ({ list }: { readonly list: ApprovalsList }): ReactNode => {
  const now = useNow(5_000);
  const links = useRef<HTMLDivElement>(null);
  const move = (by: number): void => {
    const all = [...(links.current?.querySelectorAll("a") ?? [])];
    const at = all.findIndex((one) => one === document.activeElement);
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
  const waiting = list.items.filter(({ state }) => state === "pending");
  const decided = list.items.filter(({ state }) => state !== "pending");
  return (
    <div ref={links} className="stack">
      <h1>{answer(list)}</h1>
      {list.items.length === 0 ? (
        <Empty title="A call, a request or an answer comes here when a policy holds it.">
          <p>
            A policy holds with <code>@action("hold")</code>. Nobody decides about what they asked for themselves. From
            a terminal:
          </p>
          <CopyBlock label="command" text="npx parapet approvals list" />
        </Empty>
      ) : null}
      {waiting.length === 0 ? null : (
        <ul className={classes.cards}>
          {waiting.map((one) => (
            <Card key={one.id} approval={one} now={now} />
          ))}
        </ul>
      )}
      {decided.length === 0 ? null : (
        <Panel title="Decided">
          <ul className={classes.decided}>
            {decided.map((one) => (
              <li key={one.id}>
                <Link to="/approvals/$id" params={{ id: one.id }}>
                  <span aria-hidden="true">{stateShape(one.state)}</span> <Untrusted text={whoWants(one)} />:{" "}
                  <Untrusted text={whatIsWanted(one)} />
                </Link>{" "}
                <span className="soft">
                  {stateWord(one.state)}
                  {one.decidedBy === undefined ? "" : ` by ${one.decidedBy}`},{" "}
                  <Time time={one.decidedAt ?? one.expiresAt} now={now} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
};

const Card = ({ approval, now }: { readonly approval: Approval; readonly now: number }): ReactNode => (
  <li>
    <Link to="/approvals/$id" params={{ id: approval.id }} className={classes.card}>
      <span className="row">
        <SeverityBadge severity={approval.severity} />
        <strong>
          <Untrusted text={whoWants(approval)} /> wants to <Untrusted text={whatIsWanted(approval)} />
        </strong>
      </span>
      <span>
        <Sentence text={approval.message} />
      </span>
      <span className="soft small">
        asked <Time time={approval.createdAt} now={now} />, denied <Time time={approval.expiresAt} now={now} /> if
        nobody decides
      </span>
    </Link>
  </li>
);
