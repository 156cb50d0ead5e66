import { SegmentedControl } from "@mantine/core";
import { COVERAGE_STATES, type CoverageItem, type CoverageState } from "@parapet/model";
import type { Coverage } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { coverageQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { Page, Panel } from "../../components/panel.tsx";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { CoverageSearch } from "../../search/params.ts";
import { ItemDetail } from "./item-detail.tsx";
import classes from "./page.module.css";

/** A word and a shape for each state: colour alone says nothing. */
const STATES: Readonly<Record<CoverageState, { readonly mark: string; readonly word: string }>> = {
  covered: { mark: "●", word: "covered" },
  partial: { mark: "◐", word: "in part" },
  blind: { mark: "○", word: "blind" },
  unwatched: { mark: "–", word: "no rule" },
  outside: { mark: "·", word: "not visible here" },
};

const answer = ({ items }: Coverage): string => {
  const seen = items.filter(({ state }) => state === "covered" || state === "partial").length;
  const blind = items.filter(({ state }) => state === "blind").length;
  const possible = items.filter(({ state }) => state !== "outside").length;
  return `${seen} of ${possible} attacks could be seen now, ${blind} are blind`;
};

/** A matrix of attacks against live sources: each cell says by which rules it could be seen, and what would close it. */
export const CoveragePage = (): ReactNode => {
  const since = useSince();
  const query = useQuery(coverageQuery(since));
  const { framework, seen: state, item } = useSearch({ from: "/coverage" });
  const navigate = useNavigate({ from: "/coverage" });
  const set = (change: Partial<CoverageSearch>): void =>
    void navigate({
      search: (before) => ({ since: before.since, ...CoverageSearch.parse({ ...before, ...change }) }),
      replace: true,
    });
  return (
    <Page wide>
      <DetectTabs />
      <Loaded query={query} height={480} title="Coverage">
        {(data) => {
          const shown = data.frameworks.find(({ id }) => id === framework) ?? data.frameworks[0];
          if (shown === undefined) return <Empty title="No list of attacks could be read." />;
          const items = data.items.filter(
            (one) =>
              one.framework === shown.id && (state === undefined ? one.state !== "outside" : one.state === state),
          );
          const chosen = data.items.find((one) => one.framework === shown.id && one.id === item);
          return (
            <>
              <div className="stack tight">
                <h1>{answer(data)}</h1>
                <Next coverage={data} />
              </div>
              <div className="row">
                <SegmentedControl
                  size="xs"
                  aria-label="List of attacks"
                  data={data.frameworks.map(({ id, title }) => ({ value: id, label: title }))}
                  value={shown.id}
                  onChange={(value) => set({ framework: value, item: undefined })}
                />
                <div className={classes.states} role="group" aria-label="State">
                  {COVERAGE_STATES.map((one) => {
                    const count = data.items.filter((each) => each.framework === shown.id && each.state === one).length;
                    return (
                      <button
                        key={one}
                        type="button"
                        className={classes.state}
                        data-state={one}
                        aria-pressed={state === one}
                        onClick={() => set({ seen: state === one ? undefined : one })}
                      >
                        <span aria-hidden="true">{STATES[one].mark}</span> {STATES[one].word} {count}
                      </button>
                    );
                  })}
                </div>
              </div>
              {chosen === undefined ? null : (
                <ItemDetail item={chosen} coverage={data} onClose={() => set({ item: undefined })} />
              )}
              {shown.groups.map((group) => (
                <Group
                  key={group.id}
                  name={group.name}
                  items={items.filter(({ groups }) => groups.includes(group.id))}
                  selected={item}
                  onSelect={(id) => set({ item: id })}
                />
              ))}
              <Sources coverage={data} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
};

const Next = ({ coverage: { next } }: { readonly coverage: Coverage }): ReactNode => {
  const [best, ...others] = next;
  if (best === undefined) return <p className="soft">No source that could be connected would close another.</p>;
  return (
    <p className="soft">
      Connect <strong>{best.source}</strong> next: it closes {plural(best.closes.length, "blind one")}
      {others.length === 0
        ? "."
        : `, then ${others
            .slice(0, 3)
            .map(({ source, closes }) => `${source} (${closes.length})`)
            .join(", ")}.`}
    </p>
  );
};

const Group = ({
  name,
  items,
  selected,
  onSelect,
}: {
  readonly name: string;
  readonly items: readonly CoverageItem[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}): ReactNode =>
  items.length === 0 ? null : (
    <section aria-label={name}>
      <h2 className={classes.group}>{name}</h2>
      <ul className={classes.cells}>
        {items.map((item) => {
          const live = item.signals.filter((signal) => signal.live).length;
          return (
            <li key={item.id}>
              <button
                type="button"
                className={classes.cell}
                data-state={item.state}
                aria-pressed={item.id === selected}
                onClick={() => onSelect(item.id)}
              >
                <span className={classes.mark} aria-hidden="true">
                  {STATES[item.state].mark}
                </span>
                <span className={classes.name}>{item.name}</span>
                <span className={classes.note}>
                  {STATES[item.state].word}
                  {item.signals.length === 0 ? "" : `, ${live} of ${item.signals.length} live`}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );

const Sources = ({ coverage: { sources, since } }: { readonly coverage: Coverage }): ReactNode => {
  const live = sources.filter(({ events }) => events > 0);
  return (
    <Panel title="What arrives">
      <p className="soft">
        {plural(live.length, "source")} of {sources.length} sent something in the last {since}.
      </p>
      <ul className={classes.sources}>
        {live.map(({ id, title, events, lastEvent }) => (
          <li key={id}>
            <Link to="/hunt" search={{ where: `source = ${id}` }}>
              {title}
            </Link>{" "}
            <span className="soft">
              {plural(events, "event")}, last {lastEvent === undefined ? "never" : <Time time={lastEvent} />}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
};
