import { Button, NativeSelect } from "@mantine/core";
import type { AgentDetail, Problem } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { fetchRecipe } from "../../api/changes.ts";
import { agentQuery } from "../../api/queries.ts";
import { CountChart } from "../../components/count-chart.tsx";
import { downloadText } from "../../components/download.ts";
import { count, plural } from "../../components/format.ts";
import { Facts, Folded, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { RiskText } from "./risk.tsx";
import { ScopeWork } from "./scope-work.tsx";
import { BUDGET_WORDS, BUDGETS, SCOPE_WORDS } from "./words.ts";
import { Grants, Notable, Tools } from "./tables.tsx";
import { Versions } from "./versions.tsx";
import classes from "./page.module.css";

const DAYS = ["1", "7", "14", "30", "90"];

/** One agent: what it was given, what it used of that, and what could be taken from it. */
export const Agent = ({ name }: { readonly name: string }): ReactNode => {
  const [days, setDays] = useState("14");
  const query = useQuery(agentQuery(name, days));
  return (
    <>
      <div className="row">
        <Link to="/agents" search={{}}>
          All agents
        </Link>
        <span className="push">
          <NativeSelect
            size="xs"
            label="Days"
            data={DAYS}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
        </span>
      </div>
      <Loaded query={query} height={420} title={name}>
        {(detail) => <Shown detail={detail} days={days} />}
      </Loaded>
    </>
  );
};

const Shown = ({ detail, days }: { readonly detail: AgentDetail; readonly days: string }): ReactNode => {
  const { summary, use, grants, notable, findings, versions, limits } = detail;
  return (
    <>
      <div className="stack tight">
        <h1>
          <Untrusted text={summary.id} />: <RiskText level={summary.risk.level} /> risk
        </h1>
        {summary.risk.reasons.length === 0 ? (
          <p className="soft">What it did is what it was given.</p>
        ) : (
          <ul className={classes.reasons}>
            {summary.risk.reasons.map((reason) => (
              <li key={reason}>
                <Sentence text={reason} />
              </li>
            ))}
          </ul>
        )}
        {use.complete ? null : <p className="soft">There was more than could be read; the newest was.</p>}
      </div>
      <Facts facts={factsOf(detail)} />
      {grants.length === 0 ? null : <Grants grants={grants} />}
      <ScopeWork detail={detail} days={days} />
      {use.days.length === 0 ? null : (
        <Panel title="Calls by day">
          <CountChart
            label="Calls"
            series={use.days.map(({ day, calls }) => ({ time: `${day}T00:00:00.000Z`, count: calls }))}
          />
        </Panel>
      )}
      {use.tools.length === 0 ? null : <Tools tools={use.tools} />}
      {notable.length === 0 ? null : <Notable calls={notable} />}
      {use.sessions === 0 ? null : <Sessions detail={detail} />}
      {findings.length === 0 ? null : (
        <Panel title="Findings">
          <ul className={classes.reasons}>
            {findings.map(({ id, title, severity, lastSeen }) => (
              <li key={id}>
                <Link to="/findings/$id" params={{ id }}>
                  <Untrusted text={title} />
                </Link>{" "}
                <span className="soft small">
                  {severity}, <Time time={lastSeen} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {limits.length === 0 ? null : (
        <Folded title="Business limits" summary={plural(limits.length, "limit")}>
          <ul className={classes.reasons}>
            {limits.map(({ id, tools, measure, each, total }) => (
              <li key={id}>
                <code>{id}</code>: {measure} of {tools.join(", ")}
                {each === undefined ? "" : `, at most ${count(each)} each`}
                {total === undefined ? "" : `, at most ${count(total.most)} in ${total.hours} h per ${total.per}`}
              </li>
            ))}
          </ul>
        </Folded>
      )}
      {versions.length === 0 ? null : <Versions agent={summary.id} versions={versions} />}
      {detail.recipes.length === 0 ? null : <Recipes agent={summary.id} recipes={detail.recipes} />}
    </>
  );
};

type Counted = AgentDetail["use"]["keys"];
const SHOWN_MAX = 8;

const listed = (values: Counted): ReactNode =>
  values.length === 0
    ? "none"
    : [
        ...values.slice(0, SHOWN_MAX).map(({ value, label, count: times }, position) => (
          <span key={value}>
            {position > 0 ? ", " : ""}
            <Untrusted text={label ?? value} /> <span className="soft">({count(times)})</span>
          </span>
        )),
        ...(values.length > SHOWN_MAX ? [` and ${values.length - SHOWN_MAX} more`] : []),
      ];

const factsOf = ({ summary, use, inForce }: AgentDetail): readonly (readonly [string, ReactNode])[] => [
  ["Scope", SCOPE_WORDS[summary.scope]],
  ["Owner", inForce?.owner === undefined ? "nobody" : <Untrusted key="owner" text={inForce.owner} />],
  [
    "Seen",
    use.firstSeen === undefined || use.lastSeen === undefined ? (
      "not in these days"
    ) : (
      <span key="seen">
        <Time time={use.firstSeen} /> to <Time time={use.lastSeen} />
      </span>
    ),
  ],
  [
    "Exchanges",
    <Link key="exchanges" to="/exchanges" search={{ q: summary.id }}>
      {plural(use.exchanges, "exchange")} in {plural(use.sessions, "session")}
    </Link>,
  ],
  [
    "Calls",
    `${count(use.calls)}, ${count(use.stopped)} stopped, ${count(use.held)} held, ${count(use.observed)} only observed`,
  ],
  ["Effects", listed(use.effects)],
  ["Classes of data", listed(use.data)],
  ["Hosts", listed(use.hosts)],
  ["Keys", listed(use.keys)],
  ["For", listed(use.principals)],
  ["Models", listed(use.models)],
  ["Routes", listed(use.routes)],
];

const Sessions = ({ detail: { use, inForce } }: { readonly detail: AgentDetail }): ReactNode => (
  <Panel title="Its sessions against the budget">
    <div className={classes.table} tabIndex={0} role="group" aria-label="What sessions use">
      <table className="plain">
        <thead>
          <tr>
            <th>What</th>
            <th className="numbers">Half below</th>
            <th className="numbers">99 % below</th>
            <th className="numbers">Most</th>
            <th className="numbers">Budget</th>
          </tr>
        </thead>
        <tbody>
          {BUDGETS.map((name) => {
            const { p50, p99, max } = use.perSession[name];
            const most = inForce?.budget?.[name];
            return (
              <tr key={name}>
                <td>{BUDGET_WORDS[name]}</td>
                <td className="numbers">{count(p50)}</td>
                <td className="numbers">{count(p99)}</td>
                <td className="numbers">{count(max)}</td>
                <td className="numbers">{most === undefined ? "none" : count(most)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  </Panel>
);

/** What enforces the scope outside of Parapet, as files. */
const Recipes = ({
  agent,
  recipes,
}: {
  readonly agent: string;
  readonly recipes: AgentDetail["recipes"];
}): ReactNode => {
  const [problem, setProblem] = useState<Problem>();
  const [said, setSaid] = useState("");
  const save = async (recipe: string): Promise<void> => {
    const result = await fetchRecipe(agent, recipe);
    setProblem(result.ok ? undefined : result.problem);
    if (!result.ok) return;
    downloadText([result.value.text], result.value.file, "text/plain");
    setSaid(result.value.note);
  };
  return (
    <Folded title="Sandbox" summary={plural(recipes.length, "recipe")}>
      <div className="stack tight">
        <p className="soft">What holds the agent to its scope where it runs, made from the scope in force.</p>
        <div className="row">
          {recipes.map(({ id, title }) => (
            <Button key={id} size="xs" variant="default" onClick={() => void save(id)}>
              {title}
            </Button>
          ))}
        </div>
        <p className="soft" role="status">
          {said}
        </p>
        {problem === undefined ? null : <ProblemText problem={problem} />}
      </div>
    </Folded>
  );
};
