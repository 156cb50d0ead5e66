import { Button } from "@mantine/core";
import type { PendingDefinition, ToolPin } from "@parapet/model";
import type { Problem, ToolPinsAnswer } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { approveTool } from "../../api/changes.ts";
import { toolPinsQuery } from "../../api/queries.ts";
import { AgentTabs } from "../../components/agent-tabs.tsx";
import { CopyBlock } from "../../components/copy.tsx";
import { plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Page, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Empty, Loaded, ProblemText } from "../../components/states.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const KINDS: Readonly<Record<PendingDefinition["kind"], string>> = {
  changed: "has another definition than the one in force",
  renamed: "is another tool under a new name",
  shadowing: "can be taken for another tool",
};

const answer = ({ held, items }: ToolPinsAnswer): string =>
  items.length === 0
    ? "No tool is known yet."
    : held === 0
      ? `${plural(items.length, "tool")}, and no definition waits for approval.`
      : `${plural(held, "definition")} ${held === 1 ? "waits" : "wait"} for approval.`;

/** Definitions of tools of servers and applications, and cards of agents: what is in force, what differs, and what that adds. */
export const ToolsPage = (): ReactNode => {
  const query = useQuery(toolPinsQuery);
  return (
    <Page>
      <AgentTabs />
      <Loaded query={query} height={320} title="Tools">
        {(list) => <Shown list={list} />}
      </Loaded>
    </Page>
  );
};

const Shown = ({ list }: { readonly list: ToolPinsAnswer }): ReactNode => {
  const now = useNow(5_000);
  const held = list.items.filter(({ pending }) => pending !== undefined);
  const servers = Map.groupBy(list.items, ({ server }) => server);
  return (
    <div className="stack">
      <h1>{answer(list)}</h1>
      {list.items.length === 0 ? (
        <Empty title="No tool came past Parapet so far.">
          <p>
            Tools come here when a client lists them through a route with <code>protocol: mcp</code> or an application
            brings them in a request to a model, and cards when an agent is asked through a route with{" "}
            <code>protocol: a2a</code>.
          </p>
          <p>The first definition under a name is in force; another one waits here. From a terminal:</p>
          <CopyBlock label="command" text="npx parapet tools list" />
        </Empty>
      ) : null}
      {held.map((pin) =>
        pin.pending === undefined ? null : (
          <Held key={`${pin.server}/${pin.tool}`} pin={pin} pending={pin.pending} now={now} />
        ),
      )}
      {[...servers].map(([server, pins]) => (
        <Panel key={server} title={server}>
          <ul className={classes.tools}>
            {pins.map((pin) => (
              <li key={pin.tool}>
                <Untrusted text={pin.tool} />{" "}
                <span className="soft">{pin.varies === true ? "varies, so it is not compared" : pin.state}</span>{" "}
                <code className="small">{(pin.pending?.hash ?? pin.hash).slice(0, 12)}</code>{" "}
                <span className="soft small">
                  {pin.approvedAt === undefined ? (
                    <>
                      first seen <Time time={pin.firstSeen} now={now} />
                    </>
                  ) : (
                    <>
                      approved by {pin.approvedBy}, <Time time={pin.approvedAt} now={now} />
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      ))}
    </div>
  );
};

const Held = ({
  pin,
  pending,
  now,
}: {
  readonly pin: ToolPin;
  readonly pending: PendingDefinition;
  readonly now: number;
}): ReactNode => {
  const client = useQueryClient();
  const mayApprove = useMay("approver");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const approve = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const { server, tool } = pin;
    const result = await approveTool({ server, tool, hash: pending.hash });
    setBusy(false);
    if (result.ok) await client.invalidateQueries({ queryKey: toolPinsQuery.queryKey });
    else setProblem(result.problem);
  };
  return (
    <section className={classes.held} aria-label={`${pin.server}/${pin.tool}`}>
      <h2>
        <Untrusted text={`${pin.server}/${pin.tool}`} /> {KINDS[pending.kind]}
        {pending.of === undefined ? null : (
          <>
            {" "}
            (<Untrusted text={pending.of} />)
          </>
        )}
      </h2>
      <p className="soft">
        Seen <Time time={pending.seenAt} now={now} />.{" "}
        {pin.application === true
          ? "An application uses it. Calls wait for a person only on routes with tool_definitions: pin; approve it, and later ones are compared with it."
          : "It is not listed and cannot be called until somebody approves it."}
      </p>
      {pending.adds.length === 0 ? null : (
        <ul className={classes.adds}>
          {pending.adds.map(({ sentence }) => (
            <li key={sentence}>
              <Sentence text={sentence} />
            </li>
          ))}
        </ul>
      )}
      <dl className={classes.changes}>
        {pending.changes.map(({ pointer, before, after }) => (
          <div key={pointer}>
            <dt>
              <Untrusted text={pointer === "" ? "all of it" : pointer} />
            </dt>
            {before === undefined ? null : (
              <dd className={classes.before}>
                <span className={classes.sign}>was</span> <Untrusted text={before} />
              </dd>
            )}
            {after === undefined ? null : (
              <dd className={classes.after}>
                <span className={classes.sign}>is</span> <Untrusted text={after} />
              </dd>
            )}
          </div>
        ))}
      </dl>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      {mayApprove ? (
        <Button className="grave" loading={busy} onClick={() => void approve()}>
          Approve this definition
        </Button>
      ) : null}
    </section>
  );
};
