import { Button } from "@mantine/core";
import type { HuntAnswer } from "@parapet/model/api";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { hunt } from "../../api/changes.ts";
import { ProblemError } from "../../api/problem.ts";
import { CountChart } from "../../components/count-chart.tsx";
import { EventTable } from "../../components/event-table.tsx";
import { count, duration, plural } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import type { HuntSearch } from "../../search/params.ts";

const askedBy = ({ where, rule, by }: HuntSearch) => ({
  ...(rule !== undefined && where === undefined ? { rule } : { where }),
  ...(by === undefined ? {} : { by }),
});

export const Results = ({ search, since }: { readonly search: HuntSearch; readonly since: string }): ReactNode => {
  const query = useInfiniteQuery({
    queryKey: ["hunt", search, since],
    queryFn: async ({ pageParam, signal }) => {
      const more = pageParam === "" ? {} : { cursor: pageParam, counts: false };
      const result = await hunt({ ...askedBy(search), since, limit: 50, ...more }, signal);
      if (result.ok) return result.value;
      throw new ProblemError(result.problem);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // Each is a search over all events and stands in the audit trail.
    refetchOnWindowFocus: false,
    retry: false,
  });
  if (query.data === undefined) {
    return (
      <>
        <h1>Hunt</h1>
        {query.error === null ? (
          <Loading height={320} label="Searching" />
        ) : (
          <Failed error={query.error} retry={() => query.refetch()} />
        )}
      </>
    );
  }
  const [first] = query.data.pages;
  if (first === undefined) return null;
  const events = query.data.pages.flatMap(({ items }) => items);
  return (
    <>
      <div className="stack tight">
        <h1>{plural(first.total ?? events.length, "event")}</h1>
        <p className="soft" role="status">
          for <code>{search.where ?? `rule ${search.rule ?? ""}`}</code>, in {duration(first.tookMs)}
        </p>
        {(first.notes ?? []).map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      {first.series === undefined || first.total === 0 ? null : (
        <Panel title="Over time">
          <CountChart label="Events over time" series={first.series} />
        </Panel>
      )}
      {first.by === undefined || search.by === undefined ? null : (
        <By field={search.by} values={first.by} search={search} />
      )}
      {events.length === 0 ? (
        <p>Nothing in this time. Choose a longer one above, or ask for less.</p>
      ) : (
        <Panel title="Events">
          <EventTable events={events} label="Events found" />
          {query.hasNextPage ? (
            <div>
              <Button
                size="xs"
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                Older ones
              </Button>
            </div>
          ) : null}
        </Panel>
      )}
    </>
  );
};

const By = ({
  field,
  values,
  search,
}: {
  readonly field: string;
  readonly values: NonNullable<HuntAnswer["by"]>;
  readonly search: HuntSearch;
}): ReactNode => (
  <Panel title={`By ${field}`}>
    <table className="plain">
      <thead>
        <tr>
          <th>{field}</th>
          <th className="numbers">Events</th>
        </tr>
      </thead>
      <tbody>
        {values.map(({ value, count: events }) => (
          <tr key={value}>
            <td>
              {value === "" ? (
                <span className="soft">none</span>
              ) : search.where === undefined ? (
                <Untrusted text={value} />
              ) : (
                <Link
                  to="/hunt"
                  search={{
                    where: `(${search.where}) and ${field} = "${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
                  }}
                >
                  <Untrusted text={value} />
                </Link>
              )}
            </td>
            <td className="numbers">{count(events)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);
