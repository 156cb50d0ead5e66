import type { Verdict } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { SeverityBadge, VerdictBadge } from "../badges.tsx";
import { shortId } from "../format.ts";
import { Sentence } from "../sentence.tsx";
import { otherMode } from "./sentence.ts";
import classes from "./verdict.module.css";

/** The decision, where it was taken. */
export const VerdictCard = ({ title, verdict }: { readonly title: string; readonly verdict: Verdict }): ReactNode => (
  <section className={classes.card} aria-label={title}>
    <div className="row">
      <h2>{title}</h2>
      <VerdictBadge action={verdict.action} />
    </div>
    {verdict.policies.length === 0 ? <p className="soft">No policy applied.</p> : null}
    <ul className={classes.policies}>
      {verdict.policies.map((policy) => (
        <li key={policy.id}>
          <Link to="/policies" search={{ policy: policy.id }}>
            {policy.id}
          </Link>
          {policy.id === verdict.policy ? <span className="soft"> decided</span> : null}{" "}
          <SeverityBadge severity={policy.severity} />
          <p>
            <Sentence text={policy.message} />
          </p>
        </li>
      ))}
    </ul>
    {verdict.approvals === undefined ? null : (
      <p className="small">
        {verdict.action === "hold" || verdict.action === "divert" ? "Waits for a person: " : "Passed by approval: "}
        {verdict.approvals.map((id, at) => (
          <Fragment key={id}>
            {at === 0 ? "" : ", "}
            <Link to="/approvals/$id" params={{ id }}>
              <code>{shortId(id)}</code>
            </Link>
          </Fragment>
        ))}
      </p>
    )}
    <p className="soft small">{otherMode(verdict.action, verdict.would)}</p>
  </section>
);
