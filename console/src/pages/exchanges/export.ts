import { downloadText } from "../../components/download.ts";
import type { ExchangeSummary } from "@parapet/model";
import { ExchangesPage } from "@parapet/model/api";
import { request } from "../../api/client.ts";
import type { Result } from "../../api/problem.ts";
import { exchangesPath, type ExchangeFilters } from "../../api/queries.ts";

const EXPORT_MAX = 10_000;
const EXPORT_PAGE = 500;

/** All that the filters show, newest first, at most {@link EXPORT_MAX}; `more` says when that was not all. */
export const collectExchanges = async (
  filters: ExchangeFilters,
  onCount: (rows: number) => void,
): Promise<Result<{ readonly rows: readonly ExchangeSummary[]; readonly more: boolean }>> => {
  const rows: ExchangeSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await request("GET", exchangesPath(filters, EXPORT_PAGE, cursor), ExchangesPage);
    if (!page.ok) return page;
    rows.push(...page.value.items);
    cursor = page.value.next;
    onCount(rows.length);
  } while (cursor !== undefined && rows.length < EXPORT_MAX);
  return {
    ok: true,
    value: { rows: rows.slice(0, EXPORT_MAX), more: cursor !== undefined || rows.length > EXPORT_MAX },
  };
};

export const downloadJsonLines = (rows: readonly unknown[], name: string): void =>
  downloadText(
    rows.map((row) => `${JSON.stringify(row)}\n`),
    name,
    "application/x-ndjson",
  );
