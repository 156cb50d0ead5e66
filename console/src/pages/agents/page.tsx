import type { AgentSummary } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { agentsQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { count, plural } from "../../components/format.ts";
import { AgentTabs } from "../../components/agent-tabs.tsx";
import { Page, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { Agent } from "./agent.tsx";
import { RiskText } from "./risk.tsx";
import { answerOf, SCOPE_WORDS, usedOf } from "./words.ts";
import classes from "./page.module.css";

export const AgentsPage = (): ReactNode => {
  const { agent } = useSearch({ from: "/agents" });
  return (
    <Page>
      <AgentTabs />
      {agent === undefined ? <Agents /> : <Agent key={agent} name={agent} />}
    </Page>
  );
};

const DAYS = 14;

const Agents = (): ReactNode => {
  const query = useQuery(agentsQuery(DAYS));
  return (
    <Loaded query={query} height={420} title="Agents">
      {(list) => (
        <>
          <div className="stack tight">
            <h1>{answerOf(list)}</h1>
            <p className="soft">
              {plural(list.items.length, "agent")} seen in {DAYS} days or declared.
            </p>
          </div>
          {list.items.length === 0 ? <NobodyYet /> : <List items={list.items} />}
        </>
      )}
    </Loaded>
  );
};

const NobodyYet = (): ReactNode => (
  <Empty title="An agent is known by its name: the one its key is bound to, or that a trusted caller gives in x-parapet-agent.">
    <CopyBlock lines label="command" text="npx parapet keys create --name NAME --agent AGENT" />
  </Empty>
);

const List = ({ items }: { readonly items: readonly AgentSummary[] }): ReactNode => (
  <Panel title="Agents">
    <div className={classes.table} tabIndex={0} role="group" aria-label="Agents, riskiest first">
      <table className="plain">
        <thead>
          <tr>
            <th>Agent</th>
            <th>Risk</th>
            <th>Scope</th>
            <th>Tools</th>
            <th className="numbers">Calls</th>
            <th className="numbers">Stopped</th>
            <th className="numbers">Held</th>
            <th>Last seen</th>
            <th>What to look at</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td>
                <Link to="/agents" search={{ agent: one.id }}>
                  <Untrusted text={one.id} />
                </Link>
              </td>
              <td>
                <RiskText level={one.risk.level} />
              </td>
              <td>{SCOPE_WORDS[one.scope]}</td>
              <td>{usedOf(one)}</td>
              <td className="numbers">{count(one.calls)}</td>
              <td className="numbers">{count(one.stopped)}</td>
              <td className="numbers">{count(one.held)}</td>
              <td>{one.lastSeen === undefined ? "not seen" : <Time time={one.lastSeen} />}</td>
              <td className={classes.wide}>
                <Sentence text={one.risk.reasons[0] ?? ""} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </Panel>
);
