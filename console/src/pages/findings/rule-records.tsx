import type { RuleRecord } from "@parapet/model";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ruleRecordsQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { Sentence } from "../../components/sentence.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import classes from "./page.module.css";

const DAYS = 30;
const percent = (share: number | undefined): string => (share === undefined ? "–" : `${Math.round(share * 100)} %`);

const toLookAt = (rules: number): string =>
  rules === 0 ? "No rule to look at." : `${plural(rules, "rule")} to look at.`;

/** Which rules people still get something out of. */
export const RuleRecordsView = (): ReactNode => {
  const query = useQuery(ruleRecordsQuery(DAYS));
  return (
    <div className={classes.message}>
      <Loaded query={query} height={320}>
        {({ items, days }) =>
          items.length === 0 ? (
            <Empty title={`No rule found anything in ${2 * days} days.`}>
              <p>Judge findings with “Resolve” and “False positive”; what rules are worth is counted from that.</p>
            </Empty>
          ) : (
            <>
              <p className="soft">
                The last {days} days beside the {days} before.{" "}
                {toLookAt(items.filter(({ decay }) => decay !== "none").length)}
              </p>
              <div
                className={classes.scroll}
                tabIndex={0}
                role="region"
                aria-label="Rules by what became of their findings"
              >
                <table className="plain">
                  <thead>
                    <tr>
                      <th>Rule</th>
                      <th className="numbers">Findings</th>
                      <th className="numbers">Open</th>
                      <th className="numbers">Useful</th>
                      <th className="numbers">False</th>
                      <th className="numbers">Precision</th>
                      <th>Last useful</th>
                      <th>What to make of it</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((record) => (
                      <Row key={record.rule} record={record} />
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )
        }
      </Loaded>
    </div>
  );
};

const Row = ({ record }: { readonly record: RuleRecord }): ReactNode => (
  <tr>
    <td>
      <Link to="/findings" search={{ rule: record.rule, status: "all" }}>
        {record.rule}
      </Link>
    </td>
    <td className="numbers">{record.findings}</td>
    <td className="numbers">{record.open}</td>
    <td className="numbers">{record.useful}</td>
    <td className="numbers">{record.falsePositives}</td>
    <td className="numbers">{percent(record.precision)}</td>
    <td>{record.lastUseful === undefined ? "" : <Time time={record.lastUseful} />}</td>
    <td>
      <Sentence text={record.sentence} />
    </td>
  </tr>
);
