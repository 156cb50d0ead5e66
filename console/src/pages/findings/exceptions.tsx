import { Button } from "@mantine/core";
import type { FindingException } from "@parapet/model";
import type { Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { deleteException } from "../../api/changes.ts";
import { exceptionsQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Empty, Loaded, ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

/** Standing decisions, soonest to expire first, each taken back with one click. */
export const Exceptions = (): ReactNode => {
  const query = useQuery(exceptionsQuery);
  return (
    <div className={classes.message}>
      <Loaded query={query} height={240}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No exceptions.">
              <p>
                On a finding, “Except…” accepts further ones of the same group for a time, with a reason and an owner.
                They are kept and counted; nothing is dropped.
              </p>
            </Empty>
          ) : (
            <>
              <p className="soft">{plural(items.length, "exception")} in force, the one that ends first above.</p>
              <ul className={classes.exceptions}>
                {items.map((exception) => (
                  <ExceptionRow key={exception.id} exception={exception} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </div>
  );
};

const ExceptionRow = ({ exception }: { readonly exception: FindingException }): ReactNode => {
  const queryClient = useQueryClient();
  const mayChange = useMay("analyst");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const takeBack = async (): Promise<void> => {
    setBusy(true);
    const result = await deleteException(exception.id);
    setBusy(false);
    if (result.ok) void queryClient.invalidateQueries({ queryKey: ["findings"] });
    else setProblem(result.problem);
  };
  return (
    <li>
      <div className="row">
        <Link to="/findings" search={{ rule: exception.rule, status: "accepted" }}>
          <strong>{exception.rule}</strong>
        </Link>
        {Object.entries(exception.where).map(([field, value]) => (
          <span key={field}>
            <span className="soft">{field}</span> <Untrusted text={value} />
          </span>
        ))}
        {mayChange ? (
          <Button
            className="push"
            size="xs"
            variant="default"
            loading={busy}
            aria-label={`Take the exception for ${exception.rule} back`}
            onClick={() => void takeBack()}
          >
            Take back
          </Button>
        ) : null}
      </div>
      <p className={classes.prose}>
        <VisibleText text={exception.reason} />
      </p>
      <p className="soft small">
        {exception.owner}, ends <Time time={exception.expiresAt} />
      </p>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </li>
  );
};
