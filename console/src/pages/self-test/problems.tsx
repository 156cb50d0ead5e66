import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import type { RunSummary } from "./history.ts";
import classes from "./page.module.css";

/** What is worse than it may be, in the judge's own sentences. */
export const Problems = ({ run }: { readonly run: RunSummary }): ReactNode =>
  run.problems.length === 0 ? null : (
    <Panel
      title="What fell"
      aside={
        <Link to="/findings" search={{ rule: "self-test" }}>
          Their findings
        </Link>
      }
    >
      <ul className={classes.problems}>
        {run.problems.map(({ kind, lane, name, sentence }) => (
          <li key={`${kind} ${lane} ${name}`}>
            <Sentence text={sentence} />
          </li>
        ))}
      </ul>
    </Panel>
  );
