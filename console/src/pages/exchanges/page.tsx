import { Button, Checkbox, Popover } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import type { LiveState } from "../../api/live.ts";
import { exchangesQuery, policiesQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { codeFor } from "../../components/sdk-code.ts";
import { DataTable } from "../../components/data-table.tsx";
import { count, plural } from "../../components/format.ts";
import { Icon } from "../../components/icons.tsx";
import { ListAndPreview } from "../../components/list-and-preview.tsx";
import { useHiddenColumns } from "../../components/preferences.ts";
import { useKeys } from "../../components/shell/keys.ts";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Empty, Failed, Loading, Stale } from "../../components/states.tsx";
import { useNow } from "../../components/time.tsx";
import { EXCHANGE_COLUMNS, HIDDEN_AT_FIRST } from "./columns.tsx";
import { ExportButton } from "./export-button.tsx";
import { Filters } from "./filters.tsx";
import { useLiveRows } from "./live-rows.ts";
import { Preview } from "./preview.tsx";
import { mergeRows } from "./rows.ts";
import classes from "./page.module.css";

const liveWords: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost, trying again",
  paused: "Paused",
};

export const ExchangesPage = (): ReactNode => {
  const since = useSince();
  const { selected, ...rest } = useSearch({ from: "/exchanges" });
  const filters = useMemo(() => ({ ...rest, since }), [JSON.stringify(rest), since]);
  const navigate = useNavigate({ from: "/exchanges" });
  const query = useInfiniteQuery(exchangesQuery(filters));
  const scroller = useRef<HTMLDivElement>(null);
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const live = useLiveRows(filters, paused, atTop);
  useNow();
  const rows = useMemo(() => {
    const listed = query.data?.pages.flatMap((page) => page.items) ?? [];
    return mergeRows(live.shown, listed);
  }, [query.data, live.shown]);
  useKeys({ p: () => setPaused((before) => !before) });

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const [columns, chooser] = useColumns();
  const select = (id: string): void =>
    void navigate({ search: (before) => ({ ...before, selected: id }), replace: true });
  const open = (id: string): void => void navigate({ to: "/exchanges/$id", params: { id } });

  const list = (): ReactNode => {
    if (query.isPending) return <Loading height="60vh" />;
    if (query.data === undefined)
      return (
        <div className={classes.message}>
          <Failed error={query.error} retry={() => void query.refetch()} />
        </div>
      );
    if (rows.length === 0)
      return (
        <div className={classes.message}>
          <NoRows filtered={Object.values(rest).some((value) => value !== undefined)} since={since} />
        </div>
      );
    return (
      <DataTable
        label="Exchanges"
        columns={columns}
        rows={rows}
        idOf={(row) => row.id}
        selected={selected}
        onSelect={select}
        onOpen={open}
        onEnd={onEnd}
        scroller={scroller}
        onScrollTop={(top) => setAtTop(top < 16)}
        footer={
          <p className={classes.end}>
            {query.hasNextPage ? "Reading more" : `That is all: ${plural(rows.length, "exchange")}.`}
          </p>
        }
      />
    );
  };
  const close = (): void => void navigate({ search: (before) => ({ ...before, selected: undefined }), replace: true });
  return (
    <ListAndPreview
      label="Preview"
      onClose={close}
      head={
        <>
          <div className="row">
            <h1>Exchanges</h1>
            <span className="soft">
              {query.data === undefined ? "" : `${count(rows.length)}${query.hasNextPage ? "+" : ""}`}
            </span>
            <Button
              size="xs"
              variant="default"
              aria-pressed={paused}
              leftSection={<Icon name={paused ? "play" : "pause"} size={14} />}
              onClick={() => setPaused(!paused)}
            >
              {paused ? "Go on" : "Pause"}
            </Button>
            <span className={classes.live} data-state={live.state} role="status">
              {liveWords[live.state]}
            </span>
            <span className="push" />
            {chooser}
            <ExportButton filters={filters} />
          </div>
          <Filters />
          {query.data !== undefined && query.error !== null ? (
            <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
          ) : null}
        </>
      }
      list={
        <>
          {live.waiting > 0 && !atTop ? (
            <Button
              className={classes.arrived}
              size="xs"
              onClick={() => {
                live.show();
                scroller.current?.scrollTo({ top: 0 });
              }}
            >
              {count(live.waiting)} new
            </Button>
          ) : null}
          {list()}
        </>
      }
      preview={selected === undefined ? undefined : <Preview id={selected} onClose={close} />}
    />
  );
};

const NoRows = ({ filtered, since }: { readonly filtered: boolean; readonly since: string }): ReactNode => {
  const policies = useQuery(policiesQuery);
  if (filtered) {
    return (
      <Empty title={`No exchange of the last ${since} fits these filters.`}>
        <p>Clear a filter or choose a longer time range above.</p>
      </Empty>
    );
  }
  const base = `${window.location.origin}${policies.data?.routes[0]?.path ?? "/v1"}`;
  return (
    <Empty title={`No exchange in the last ${since}.`}>
      <p>Point an application at a route, or send one yourself; it appears in this list as it happens:</p>
      <CopyBlock lines label="command" text={codeFor("curl", base)} />
    </Empty>
  );
};

const useColumns = (): readonly [typeof EXCHANGE_COLUMNS, ReactNode] => {
  const [toggled, setToggled] = useHiddenColumns("exchanges");
  // What is stored is the difference from the start, so that columns added later appear.
  const isShown = (key: string): boolean => HIDDEN_AT_FIRST.has(key) === toggled.has(key);
  const toggle = (key: string): void => {
    const next = new Set(toggled);
    if (!next.delete(key)) next.add(key);
    setToggled(next);
  };
  return [
    EXCHANGE_COLUMNS.filter((column) => isShown(column.key)),
    <Popover key="columns" position="bottom-end" withinPortal>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="columns" size={14} />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="stack tight">
          {EXCHANGE_COLUMNS.filter((column) => column.key !== "id").map((column) => (
            <Checkbox
              key={column.key}
              size="xs"
              label={column.header}
              checked={isShown(column.key)}
              onChange={() => toggle(column.key)}
            />
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>,
  ];
};
