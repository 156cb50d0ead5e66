import type { RuleDetail } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ruleQuery } from "../../api/queries.ts";
import { SeverityBadge } from "../../components/badges.tsx";
import { count, plural, shortPath } from "../../components/format.ts";
import { Facts, Folded, Panel } from "../../components/panel.tsx";
import { Prose } from "../../components/prose.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Backtest } from "./backtest.tsx";
import { Change } from "./change.tsx";
import { hitWords, STATE_WORDS } from "./words.ts";
import classes from "./page.module.css";

export const Rule = ({ name }: { readonly name: string }): ReactNode => {
  const query = useQuery(ruleQuery(name));
  return (
    <Loaded query={query} height={420}>
      {(rule) => (
        <div className="stack">
          <div className="stack tight">
            <h2>{rule.title}</h2>
            <Prose text={rule.description} />
          </div>
          <Facts facts={factsOf(rule)} />
          {rule.triage === "" ? null : (
            <Panel title="What to do first">
              <Prose text={rule.triage} />
            </Panel>
          )}
          <Backtest rule={rule} />
          <Change rule={rule} />
          <Tests rule={rule} />
          <Folded title="Text" summary={shortPath(rule.file)}>
            <pre className={classes.text} tabIndex={0} aria-label={`Text of ${rule.key}`}>
              {rule.text}
            </pre>
          </Folded>
        </div>
      )}
    </Loaded>
  );
};

const Names = ({ names }: { readonly names: readonly string[] }): ReactNode =>
  names.map((name, position) => (
    <span key={name}>
      {position > 0 ? ", " : ""}
      <Link to="/rules" search={{ rule: name }}>
        {name}
      </Link>
    </span>
  ));

const factsOf = (rule: RuleDetail): readonly (readonly [string, ReactNode])[] => [
  ["Level", <SeverityBadge key="level" severity={rule.severity} />],
  ["State", `${STATE_WORDS[rule.state]} (${rule.status})`],
  [
    "Last 7 days",
    <span key="held">
      {hitWords(rule)}
      {rule.lastHit === undefined ? null : (
        <>
          , last <Time time={rule.lastHit} />
        </>
      )}
    </span>,
  ],
  ...(rule.logsource === undefined
    ? []
    : [["Log source", Object.values(rule.logsource).join(" / ")] satisfies [string, ReactNode]]),
  ...(rule.rules.length === 0
    ? []
    : [["Stands on", <Names key="on" names={rule.rules} />] satisfies [string, ReactNode]]),
  ...(rule.usedBy.length === 0
    ? []
    : [["Used by", <Names key="by" names={rule.usedBy} />] satisfies [string, ReactNode]]),
  ["Told apart by", rule.groupBy.length === 0 ? "nothing: one finding" : rule.groupBy.join(", ")],
  ["Tags", rule.tags.join(", ")],
  ...(rule.falsePositives.length === 0
    ? []
    : [
        ["Known false positives", <Sentence key="false" text={rule.falsePositives.join("; ")} />] satisfies [
          string,
          ReactNode,
        ],
      ]),
  [
    "Findings",
    <Link key="findings" to="/findings" search={{ rule: rule.key, status: "all" }}>
      of this rule
    </Link>,
  ],
];

const Tests = ({ rule }: { readonly rule: RuleDetail }): ReactNode => {
  const failed = rule.results.filter(({ passed }) => !passed).length;
  const title =
    rule.results.length === 0
      ? "No tests"
      : failed === 0
        ? `All ${plural(rule.results.length, "test")} hold`
        : `${count(failed)} of ${plural(rule.results.length, "test")} fail`;
  return (
    <Panel title={title}>
      {rule.results.length === 0 ? (
        <p className="soft">
          A rule without tests is one that nobody knows to work: write some under <code>tests:</code> in its file.
        </p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th>Test</th>
              <th>Must</th>
              <th>Line</th>
            </tr>
          </thead>
          <tbody>
            {rule.results.map((one) => (
              <tr key={`${one.line} ${one.name}`}>
                <td>
                  {one.passed ? "✓ holds" : "✕ fails"} {one.name}
                </td>
                <td>{one.expected ? "match" : "not match"}</td>
                <td>{one.line}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
};
