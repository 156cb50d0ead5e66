import { Button } from "@mantine/core";
import type { PolicyInfo } from "@parapet/model";
import type { PolicyTestResult, Problem } from "@parapet/model/api";
import { Link, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import type { z } from "zod";
import { testPolicies } from "../../api/changes.ts";
import { SeverityBadge, VerdictBadge } from "../../components/badges.tsx";
import { CedarText } from "../../components/cedar-text.tsx";
import { plural, shortPath } from "../../components/format.ts";
import { Facts, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Empty, ProblemText } from "../../components/states.tsx";
import classes from "./page.module.css";

type Results = z.infer<typeof PolicyTestResult>;

export const PolicyList = ({ policies }: { readonly policies: readonly PolicyInfo[] }): ReactNode => {
  const wanted = useSearch({ from: "/policies", select: (search) => search.policy });
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState<Results>();
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    const result = await testPolicies();
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) setResults(result.value);
  };
  if (policies.length === 0) {
    return (
      <Empty title="No policies: everything is allowed.">
        <p>
          Put Cedar files into a folder that <code>policies:</code> in parapet.yaml names; they load without a restart.
        </p>
      </Empty>
    );
  }
  const chosen = policies.find((policy) => policy.id === wanted) ?? policies[0];
  return (
    <>
      <div className="row">
        <Button size="xs" variant="default" loading={busy} onClick={() => void run()}>
          Run all cases
        </Button>
        <span role="status">
          {results === undefined
            ? ""
            : results.failed === 0
              ? `✓ All ${plural(results.passed, "case")} hold.`
              : `✕ ${results.failed} of ${plural(results.passed + results.failed, "case")} fail.`}
        </span>
      </div>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div className={classes.split}>
        <ul className={classes.list} aria-label="Policies">
          {policies.map((policy) => (
            <li key={policy.id}>
              <Link
                to="/policies"
                search={{ policy: policy.id }}
                className={classes.policy}
                aria-current={policy.id === chosen?.id ? "true" : undefined}
              >
                <span className={classes.policyId}>{policy.id}</span>
                <span className="row">
                  <VerdictBadge action={policy.action} planned /> <SeverityBadge severity={policy.severity} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {chosen === undefined ? null : <Policy policy={chosen} results={results} />}
      </div>
    </>
  );
};

const Policy = ({
  policy,
  results,
}: {
  readonly policy: PolicyInfo;
  readonly results: Results | undefined;
}): ReactNode => {
  const cases = results?.cases.filter((one) => one.policy === policy.id);
  return (
    <div className="stack">
      <div className="stack tight">
        <h2>{policy.id}</h2>
        <p>
          <Sentence text={policy.description} />
        </p>
      </div>
      <Facts
        facts={[
          ["What callers are told", <Sentence key="told" text={policy.message} />],
          [
            "File",
            <code key="file" title={policy.file}>
              {shortPath(policy.file)}:{policy.line}
            </code>,
          ],
          [
            "Decided",
            <Link key="decided" to="/exchanges" search={{ policy: policy.id }}>
              exchanges
            </Link>,
          ],
        ]}
      />
      <CedarText label={`Cedar text of ${policy.id}`} text={policy.text} firstLine={policy.line} />
      <p className="small">
        <Link to="/policies" search={{ view: "try", policy: policy.id }}>
          Try a change to it
        </Link>
      </p>
      <Panel title={plural(policy.cases, "case")}>
        {policy.cases === 0 ? (
          <p className="soft">A policy without cases is a policy that nobody knows to work: add some beside it.</p>
        ) : null}
        {cases === undefined && policy.cases > 0 ? (
          <p className="soft">“Run all cases” above says whether they hold.</p>
        ) : null}
        {cases === undefined ? null : (
          <table className="plain">
            <thead>
              <tr>
                <th>Case</th>
                <th>Expected</th>
                <th>Decided</th>
              </tr>
            </thead>
            <tbody>
              {cases.map((one) => (
                <tr key={`${one.file} ${one.name}`}>
                  <td>
                    {one.passed ? "✓ holds" : "✕ fails"} {one.name}
                  </td>
                  <td>{one.expected}</td>
                  <td>{one.actual}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </div>
  );
};
