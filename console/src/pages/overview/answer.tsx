import type { Overview } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, duration, plural } from "../../components/format.ts";
import classes from "./page.module.css";

/** The sentence the reader came for; every number leads to the rows behind it. */
export const Answer = ({ overview, since }: { readonly overview: Overview; readonly since: string }): ReactNode => {
  const { openFindings, exchanges, byVerdict, wouldHave, unscannable, failed, addedMs, latencyMs } = overview;
  const held = byVerdict.hold ?? 0;
  const redacted = byVerdict.redact ?? 0;
  return (
    <div className={classes.answer}>
      <h1>
        {openFindings === 0 ? (
          "Nothing needs you."
        ) : (
          <>
            <Link to="/findings">{plural(openFindings, "thing")}</Link> {openFindings === 1 ? "needs" : "need"} you.
          </>
        )}
      </h1>
      {exchanges === 0 ? (
        <p>No exchange in the last {since}.</p>
      ) : (
        <p>
          <Link to="/exchanges">{plural(exchanges, "exchange")}</Link>,{" "}
          <Link to="/exchanges" search={{ only: "stopped" }}>
            {count((byVerdict.block ?? 0) + held)} stopped
          </Link>
          {held > 0 ? (
            <>
              {" "}
              (
              <Link to="/exchanges" search={{ verdict: "hold" }}>
                {count(held)} held for a person
              </Link>
              )
            </>
          ) : null}
          {redacted > 0 ? (
            <>
              ,{" "}
              <Link to="/exchanges" search={{ verdict: "redact" }}>
                {count(redacted)} redacted
              </Link>
            </>
          ) : null}
          ,{" "}
          <Link to="/exchanges" search={{ only: "unscannable" }}>
            {count(unscannable)} could not be inspected
          </Link>
          {failed > 0 ? (
            <>
              ,{" "}
              <Link to="/exchanges" search={{ only: "failed" }}>
                {count(failed)} failed on the way
              </Link>
            </>
          ) : null}
          ,{" "}
          <span
            title={`99th percentile +${duration(addedMs.p99)}; whole exchange ${duration(latencyMs.p50)} median, ${duration(latencyMs.p99)} 99th percentile`}
          >
            +{duration(addedMs.p50)} added (median)
          </span>
          .
          {wouldHave > 0 ? (
            <>
              {" "}
              Enforcing would have stopped or changed{" "}
              <Link to="/exchanges" search={{ only: "would" }}>
                {count(wouldHave)} more
              </Link>
              .
            </>
          ) : null}
        </p>
      )}
    </div>
  );
};
