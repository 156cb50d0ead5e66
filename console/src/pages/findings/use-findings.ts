import type { Finding } from "@parapet/model";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { findingsQuery, findingsQueueQuery } from "../../api/queries.ts";
import type { FindingsSearch } from "../../search/params.ts";
import { plural } from "../../components/format.ts";
import { isOpen } from "./columns.tsx";

export interface ShownFindings {
  readonly rows: readonly Finding[] | undefined;
  readonly heading: string;
  /** Said below the heading. */
  readonly note: string | undefined;
  readonly error: unknown;
  readonly updatedAt: number;
  readonly refetch: () => void;
  readonly onEnd: () => void;
}

/** Without filters what one person can look at, highest score first; with them everything that fits, newest first. */
export const useFindings = (
  { status, severity, rule }: Pick<FindingsSearch, "status" | "severity" | "rule">,
  selected: string | undefined,
): ShownFindings => {
  const isQueue = status === undefined && severity === undefined && rule === undefined;
  const queue = useQuery({ ...findingsQueueQuery, enabled: isQueue });
  const list = useInfiniteQuery({ ...findingsQuery({ status, severity, rule }), enabled: !isQueue });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const listed = list.data?.pages
    .flatMap((page) => page.items)
    .filter((row) => (status !== undefined && status !== "open") || isOpen(row) || row.id === selected);
  // A page may hold nothing that is shown here: read on until one does or there is no more.
  const nothingYet = !isQueue && listed?.length === 0 && hasNextPage;
  useEffect(() => {
    if (nothingYet) onEnd();
  }, [nothingYet, onEnd]);
  if (isQueue) {
    const { data } = queue;
    return {
      rows: data?.items,
      heading: data === undefined ? "Findings" : needs(data.items.length + data.below, false),
      note: data === undefined ? undefined : queueNote(data),
      error: queue.error,
      updatedAt: queue.dataUpdatedAt,
      refetch: () => void queue.refetch(),
      onEnd: () => undefined,
    };
  }
  const open = listed?.filter(isOpen).length ?? 0;
  return {
    rows: nothingYet && list.error === null ? undefined : listed,
    heading: listed === undefined ? "Findings" : needs(open, hasNextPage),
    note: undefined,
    error: list.error,
    updatedAt: list.dataUpdatedAt,
    refetch: () => void list.refetch(),
    onEnd,
  };
};

const needs = (open: number, more: boolean): string =>
  open === 0
    ? "Nothing needs you"
    : `${plural(open, "finding")}${more ? " and more" : ""} ${open === 1 ? "needs" : "need"} you`;

const queueNote = (queue: {
  readonly items: readonly Finding[];
  readonly below: number;
  readonly newToday: number;
}): string =>
  [
    ...(queue.below > 0
      ? [
          `The ${queue.items.length} with the highest score are shown, as many as one person can look at; “Open” shows all.`,
        ]
      : []),
    `${queue.newToday} new in the last 24 hours${queue.below > 0 ? "" : ", highest score first"}.`,
  ].join(" ");
