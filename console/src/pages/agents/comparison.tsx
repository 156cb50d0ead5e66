import type { ScopeComparison } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, plural, shortId } from "../../components/format.ts";
import { Sentence } from "../../components/sentence.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { comparisonSentence } from "./words.ts";
import classes from "./page.module.css";

/** What a scope would have meant for the calls that passed. */
export const Comparison = ({ comparison }: { readonly comparison: ScopeComparison }): ReactNode => {
  const { reasons, samples, stopped, unknown, complete, widens, narrows } = comparison;
  return (
    <div className="stack tight">
      <p role="status">{comparisonSentence(comparison)}</p>
      {reasons.length === 0 ? null : (
        <ul className={classes.reasons}>
          {reasons.map(({ kind, what, calls }) => (
            <li key={`${kind} ${what}`}>
              {kind} <Untrusted text={what} />: {plural(calls, "call")}
            </li>
          ))}
        </ul>
      )}
      {samples.length === 0 ? null : (
        <div className={classes.table} tabIndex={0} role="group" aria-label="Calls outside, newest first">
          <table className="plain">
            <thead>
              <tr>
                <th>Time</th>
                <th>Tool</th>
                <th>Why</th>
                <th>Exchange</th>
              </tr>
            </thead>
            <tbody>
              {samples.map((one, position) => (
                <tr key={`${one.exchange} ${position}`}>
                  <td>
                    <Time time={one.time} />
                  </td>
                  <td>
                    <Untrusted text={one.tool} />
                  </td>
                  <td className={classes.wide}>
                    <Sentence text={one.reasons.join(" ")} />
                  </td>
                  <td>
                    {one.exchange === "" ? (
                      ""
                    ) : (
                      <Link to="/exchanges/$id" params={{ id: one.exchange }} title={one.exchange}>
                        <code>{shortId(one.exchange)}</code>
                      </Link>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Changes title="It allows, and the scope in force does not" names={widens} />
      <Changes title="The scope in force allows, and it does not" names={narrows} />
      {stopped === 0 ? null : (
        <p className="soft small">
          {plural(stopped, "call")} were stopped or held, or would have been, and are not looked at.
        </p>
      )}
      {unknown === 0 ? null : (
        <p className="soft small">
          The arguments of {count(unknown)} calls are not known: hosts and amounts of those were not compared.
        </p>
      )}
      {complete ? null : <p className="soft small">There was more than could be read; the newest was.</p>}
    </div>
  );
};

const Changes = ({ title, names }: { readonly title: string; readonly names: readonly string[] }): ReactNode =>
  names.length === 0 ? null : (
    <p>
      {title}:{" "}
      {names.map((name, position) => (
        <span key={name}>
          {position > 0 ? ", " : ""}
          <Untrusted text={name} />
        </span>
      ))}
      .
    </p>
  );
