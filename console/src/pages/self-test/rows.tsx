import { SegmentedControl } from "@mantine/core";
import type { SelfTestRunDetail } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { selfTestRunQuery } from "../../api/queries.ts";
import { plural, words } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { SELF_TEST_OUTCOMES, SelfTestSearch } from "../../search/params.ts";
import type { RunSummary } from "./history.ts";
import classes from "./page.module.css";

/** The whole stands in its exchange. */
const TEXT_SHOWN = 900;

type Row = SelfTestRunDetail["rows"][number];

const shapes: Readonly<Record<Row["outcome"], string>> = { missed: "○", flagged: "▲", unseen: "?" };

/** Ids of the rows that a detector's numbers speak of. */
const idsOf = (lane: RunSummary["lanes"][number] | undefined, detector: string): ReadonlySet<string> => {
  const figures = lane?.detectors.find(({ name }) => name === detector);
  return new Set([...(figures?.missed ?? []), ...(figures?.flagged ?? [])]);
};

/** A row that another detector found is still missed by this one, and not in the run's list. */
const elsewhere = (ids: ReadonlySet<string>, rows: readonly Row[]): number =>
  [...ids].filter((id) => !rows.some((row) => row.id === id)).length;

interface Props {
  readonly run: string;
  readonly lane: string;
  readonly search: SelfTestSearch;
}

/** The rows that did not come out right, by their text. */
export const Rows = (props: Props): ReactNode => {
  const query = useQuery(selfTestRunQuery(props.run));
  return (
    <Panel title="Rows that came out wrong" id="rows" aside={<Outcomes search={props.search} />}>
      <Loaded query={query} height={240}>
        {(run) => <List run={run} lane={props.lane} search={props.search} />}
      </Loaded>
    </Panel>
  );
};

const Outcomes = ({ search }: { readonly search: SelfTestSearch }): ReactNode => {
  const navigate = useNavigate({ from: "/self-test" });
  return (
    <SegmentedControl
      size="xs"
      aria-label="Outcome"
      data={[{ value: "all", label: "all" }, ...SELF_TEST_OUTCOMES.map((value) => ({ value, label: value }))]}
      value={search.outcome ?? "all"}
      onChange={(value) =>
        void navigate({
          search: (before) => ({
            since: before.since,
            ...SelfTestSearch.parse({ ...search, outcome: value }),
          }),
          resetScroll: false,
        })
      }
    />
  );
};

const List = ({ run, lane, search }: Omit<Props, "run"> & { readonly run: SelfTestRunDetail }): ReactNode => {
  const { detector, outcome } = search;
  const inLane = run.rows.filter((row) => row.lane === lane);
  const ids =
    detector === undefined
      ? undefined
      : idsOf(
          run.lanes.find((one) => one.lane === lane),
          detector,
        );
  const rows = inLane.filter(
    (row) =>
      (ids === undefined || ids.has(row.id) || row.outcome === "unseen") &&
      (outcome === undefined || row.outcome === outcome),
  );
  const others = ids === undefined ? 0 : elsewhere(ids, inLane);
  return (
    <>
      <p className="soft">
        {rows.length === 0 ? "None" : plural(rows.length, "row")}
        {detector === undefined ? "" : ` that ${detector} should have told apart`}
        {others === 0 ? "" : `; ${plural(others, "more row")} of it came out right through another detector`}.{" "}
        {detector === undefined && outcome === undefined ? null : (
          <Link to="/self-test" search={{ ...search, detector: undefined, outcome: undefined }} hash="rows">
            All rows
          </Link>
        )}
      </p>
      <ul className={classes.rows}>
        {rows.map((row) => (
          <RowItem key={`${row.lane} ${row.id}`} row={row} />
        ))}
      </ul>
    </>
  );
};

const RowItem = ({ row }: { readonly row: Row }): ReactNode => {
  const { id, outcome, categories, found, exchange, detail, text, note } = row;
  return (
    <li>
      <div className={classes.rowHead}>
        <span className={classes.outcome} data-outcome={outcome}>
          <span aria-hidden="true">{shapes[outcome]}</span> {outcome}
        </span>
        <code>{id}</code>
        <span className="soft">{words(categories[0] ?? "")}</span>
        <span className="soft small">{by(found)}</span>
        {exchange === "" ? null : (
          <Link className="push" to="/exchanges/$id" params={{ id: exchange }} aria-label={`Its exchange, ${id}`}>
            Its exchange
          </Link>
        )}
      </div>
      {detail === "" ? null : (
        <p>
          <Untrusted text={detail} />
        </p>
      )}
      {text === undefined ? (
        <p className="soft small">The corpus has this row no longer.</p>
      ) : (
        <div className={classes.text} dir="auto">
          <VisibleText text={text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text} />
        </div>
      )}
      {note === undefined ? null : <p className="soft small">{note}</p>}
    </li>
  );
};

const by = (found: Row["found"]): string =>
  found
    .map(({ detector, category, confidence }) => `${detector}: ${words(category)}, ${confidence.toFixed(2)}`)
    .join("; ");
