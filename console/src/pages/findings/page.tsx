import { NativeSelect, SegmentedControl } from "@mantine/core";
import { FINDING_STATUSES, SEVERITIES } from "@parapet/model";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, type ReactNode } from "react";
import { DataTable } from "../../components/data-table.tsx";
import { words } from "../../components/format.ts";
import { ListAndPreview } from "../../components/list-and-preview.tsx";
import { Empty, Failed, Loading, Stale } from "../../components/states.tsx";
import { FindingsSearch } from "../../search/params.ts";
import { FINDING_COLUMNS } from "./columns.tsx";
import { Exceptions } from "./exceptions.tsx";
import { FindingDetail } from "./finding-detail.tsx";
import { RuleRecordsView } from "./rule-records.tsx";
import { useFindings } from "./use-findings.ts";
import classes from "./page.module.css";

const statuses = [
  { value: "", label: "Needs somebody" },
  { value: "open", label: "Open, newest first" },
  ...FINDING_STATUSES.map((status) => ({ value: status, label: words(status) })),
  { value: "all", label: "All" },
];
const severities = [
  { value: "", label: "Any severity" },
  ...SEVERITIES.toReversed().map((severity) => ({ value: severity, label: severity })),
];
const VIEWS = [
  { value: "list", label: "Findings" },
  { value: "exceptions", label: "Exceptions" },
  { value: "rules", label: "Rules' record" },
];

const HEADINGS = { exceptions: "Exceptions from rules", rules: "What rules were worth" } as const;

export const FindingsPage = (): ReactNode => {
  const { selected, status, severity, rule, view } = useSearch({ from: "/findings" });
  const navigate = useNavigate({ from: "/findings" });
  const shown = useFindings({ status, severity, rule }, selected);
  const scroller = useRef<HTMLDivElement>(null);
  const set = (field: "status" | "severity" | "rule" | "view", value: string): void =>
    void navigate({
      search: (before) => ({
        since: before.since,
        ...FindingsSearch.parse({ ...before, selected: undefined, [field]: value === "" ? undefined : value }),
      }),
    });
  const select = (id: string): void =>
    void navigate({ search: (before) => ({ ...before, selected: id }), replace: true });

  const list = (): ReactNode => {
    if (shown.rows === undefined) {
      return shown.error === null ? (
        <Loading height="60vh" />
      ) : (
        <div className={classes.message}>
          <Failed error={shown.error} retry={shown.refetch} />
        </div>
      );
    }
    if (shown.rows.length === 0) {
      return (
        <div className={classes.message}>
          <Empty title={status === undefined ? "Nothing needs you." : "No finding with these filters."}>
            <p>
              A finding appears when a rule holds for what was recorded. <code>npx parapet rules list</code> shows the
              rules; “All” above shows what was resolved.
            </p>
          </Empty>
        </div>
      );
    }
    return (
      <DataTable
        label="Findings"
        columns={FINDING_COLUMNS}
        rows={shown.rows}
        idOf={(row) => row.id}
        selected={selected}
        onSelect={select}
        onOpen={(id) => void navigate({ to: "/findings/$id", params: { id } })}
        onEnd={shown.onEnd}
        scroller={scroller}
      />
    );
  };
  const filters = (
    <div className="row" role="group" aria-label="Filters">
      <NativeSelect
        size="xs"
        aria-label="status"
        data={statuses}
        value={status ?? ""}
        onChange={(event) => set("status", event.currentTarget.value)}
      />
      <NativeSelect
        size="xs"
        aria-label="severity"
        data={severities}
        value={severity ?? ""}
        onChange={(event) => set("severity", event.currentTarget.value)}
      />
      {rule === undefined ? null : (
        <NativeSelect
          size="xs"
          aria-label="rule"
          data={[
            { value: rule, label: rule },
            { value: "", label: "Any rule" },
          ]}
          value={rule}
          onChange={(event) => set("rule", event.currentTarget.value)}
        />
      )}
    </div>
  );
  return (
    <ListAndPreview
      label="Finding"
      head={
        <>
          <h1>{view === undefined ? shown.heading : HEADINGS[view]}</h1>
          {shown.note === undefined || view !== undefined ? null : <p className="soft">{shown.note}</p>}
          <div className="row">
            <SegmentedControl
              size="xs"
              aria-label="View"
              data={VIEWS}
              value={view ?? "list"}
              onChange={(value) => set("view", value === "list" ? "" : value)}
            />
            {view === undefined ? filters : null}
          </div>
          {shown.rows !== undefined && shown.error !== null ? (
            <Stale error={shown.error} updatedAt={shown.updatedAt} />
          ) : null}
        </>
      }
      list={view === "exceptions" ? <Exceptions /> : view === "rules" ? <RuleRecordsView /> : list()}
      onClose={() => void navigate({ search: (before) => ({ ...before, selected: undefined }), replace: true })}
      preview={
        selected === undefined || view !== undefined ? undefined : <FindingDetail key={selected} id={selected} />
      }
    />
  );
};
