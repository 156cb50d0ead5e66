import { NativeSelect } from "@mantine/core";
import { FINDING_STATUSES, SEVERITIES } from "@parapet/model";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, type ReactNode } from "react";
import { findingsQuery } from "../../api/queries.ts";
import { DataTable } from "../../components/data-table.tsx";
import { plural, words } from "../../components/format.ts";
import { ListAndPreview } from "../../components/list-and-preview.tsx";
import { Empty, Failed, Loading, Stale } from "../../components/states.tsx";
import { FindingsSearch } from "../../search/params.ts";
import { FINDING_COLUMNS, OPEN_STATUSES } from "./columns.tsx";
import { FindingDetail } from "./finding-detail.tsx";
import classes from "./page.module.css";

const statuses = [
  { value: "", label: "Needs somebody" },
  ...FINDING_STATUSES.map((status) => ({ value: status, label: words(status) })),
  { value: "all", label: "All" },
];
const severities = [
  { value: "", label: "Any severity" },
  ...SEVERITIES.toReversed().map((severity) => ({ value: severity, label: severity })),
];

export const FindingsPage = (): ReactNode => {
  const { selected, status, severity, rule } = useSearch({ from: "/findings" });
  const navigate = useNavigate({ from: "/findings" });
  const query = useInfiniteQuery(findingsQuery({ status, severity, rule }));
  const scroller = useRef<HTMLDivElement>(null);
  const rows = (query.data?.pages.flatMap((page) => page.items) ?? []).filter(
    (row) => status !== undefined || OPEN_STATUSES.has(row.status) || row.id === selected,
  );
  const open = rows.filter((row) => OPEN_STATUSES.has(row.status)).length;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // A page may hold nothing that is shown here: read on until one does or there is no more.
  const nothingYet = rows.length === 0 && hasNextPage;
  useEffect(() => {
    if (nothingYet) onEnd();
  }, [nothingYet, onEnd]);
  const set = (field: "status" | "severity" | "rule", value: string): void =>
    void navigate({
      search: (before) => ({
        since: before.since,
        ...FindingsSearch.parse({ ...before, selected: undefined, [field]: value === "" ? undefined : value }),
      }),
    });
  const select = (id: string): void =>
    void navigate({ search: (before) => ({ ...before, selected: id }), replace: true });

  const list = (): ReactNode => {
    if (query.isPending || (nothingYet && query.error === null)) return <Loading height="60vh" />;
    if (query.data === undefined)
      return (
        <div className={classes.message}>
          <Failed error={query.error} retry={() => void query.refetch()} />
        </div>
      );
    if (rows.length === 0) {
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
        rows={rows}
        idOf={(row) => row.id}
        selected={selected}
        onSelect={select}
        onOpen={(id) => void navigate({ to: "/findings/$id", params: { id } })}
        onEnd={onEnd}
        scroller={scroller}
      />
    );
  };
  return (
    <ListAndPreview
      label="Finding"
      head={
        <>
          <h1>
            {query.data === undefined
              ? "Findings"
              : open === 0
                ? "Nothing needs you"
                : `${plural(open, "finding")}${query.hasNextPage ? " and more" : ""} ${open === 1 ? "needs" : "need"} you`}
          </h1>
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
          {query.data !== undefined && query.error !== null ? (
            <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
          ) : null}
        </>
      }
      list={list()}
      preview={selected === undefined ? undefined : <FindingDetail key={selected} id={selected} />}
    />
  );
};
