import type { Overview } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, plural } from "../../components/format.ts";
import { Time, useNow } from "../../components/time.tsx";
import classes from "./page.module.css";

export const EvidenceLine = ({ evidence }: { readonly evidence: Overview["evidence"] }): ReactNode => {
  const now = useNow();
  const { size, checkpointAt, spoolLag, lost } = evidence;
  return (
    <p className={classes.evidence}>
      <Link to="/evidence">Evidence</Link>: {plural(size, "leaf", "leaves")}
      {checkpointAt === undefined ? (
        ", no checkpoint signed yet"
      ) : (
        <>
          , checkpoint signed <Time time={checkpointAt} now={now} />
        </>
      )}
      {spoolLag === 0 ? ", nothing waiting" : `, ${plural(spoolLag, "record")} not yet drained`}
      {lost === 0 ? (
        ", nothing lost."
      ) : (
        <>
          , <strong>{count(lost)} records lost on best-effort routes.</strong>
        </>
      )}
    </p>
  );
};
