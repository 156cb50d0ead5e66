import { NativeSelect } from "@mantine/core";
import type { SelfTestRuns } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { selfTestQuery, selfTestRunsQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { duration, plural } from "../../components/format.ts";
import { Facts, Page } from "../../components/panel.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { AbsoluteTime } from "../../components/time.tsx";
import { SelfTestSearch } from "../../search/params.ts";
import { Answer } from "./answer.tsx";
import { Categories, Detectors } from "./figures-table.tsx";
import { detectorToShow, type RunSummary } from "./history.ts";
import { OverTime } from "./over-time.tsx";
import { Problems } from "./problems.tsx";
import { Rows } from "./rows.tsx";

export const SelfTestPage = (): ReactNode => {
  const query = useQuery(selfTestQuery);
  return (
    <Page>
      <DetectTabs />
      <Loaded query={query} height={420} title="Self-test">
        {(state) => {
          const [newest] = state.items;
          return newest === undefined ? <NoRunYet state={state} /> : <Runs state={state} newest={newest.id} />;
        }}
      </Loaded>
    </Page>
  );
};

const NoRunYet = ({ state }: { readonly state: SelfTestRuns }): ReactNode => (
  <>
    <Answer state={state} run={undefined} lane={undefined} />
    {state.available ? (
      <Empty title="Known attacks and harmless look-alikes go through this gateway, and what is found of them is kept.">
        <p>Run it from here, or from a terminal:</p>
        <CopyBlock label="command" text="npx parapet self-test" />
      </Empty>
    ) : (
      <Empty title="No route of this process inspects, so there is nothing to test.">
        <p>
          A route inspects unless it says <code>inspect: false</code>. Where gateways run on machines of their own, this
          process has none to send through.
        </p>
      </Empty>
    )}
  </>
);

const Runs = ({ state, newest }: { readonly state: SelfTestRuns; readonly newest: string }): ReactNode => {
  const query = useQuery(selfTestRunsQuery(newest));
  return (
    <Loaded query={query} height={420} title="Self-test">
      {({ items }) => <Shown state={state} runs={items} />}
    </Loaded>
  );
};

const Shown = ({ state, runs }: { readonly state: SelfTestRuns; readonly runs: readonly RunSummary[] }): ReactNode => {
  const { run: asked, lane: laneAsked, detector, outcome } = useSearch({ from: "/self-test" });
  const [newest] = runs;
  const run = runs.find(({ id }) => id === asked) ?? newest;
  const lane = run?.lanes.find((one) => one.lane === laneAsked) ?? run?.lanes[0];
  if (run === undefined || lane === undefined) return <NoRunYet state={state} />;
  const search: SelfTestSearch = { run: asked, lane: laneAsked, detector, outcome };
  const shown = lane.detectors.some(({ name }) => name === detector) ? detector : detectorToShow(run, lane);
  const here = (one: RunSummary) => one.lanes.find(({ lane: name }) => name === lane.lane);
  return (
    <>
      <Answer state={state} run={newest} lane={newest && (here(newest) ?? newest.lanes[0])} />
      {run === newest ? null : (
        <p>
          Shown below is the run of <AbsoluteTime time={run.finishedAt} />, not the newest.
        </p>
      )}
      <Problems run={run} />
      {run.lanes.length > 1 ? <LaneChoice run={run} lane={lane.lane} /> : null}
      <Detectors lane={lane} runs={runs} search={search} shown={shown} />
      {shown === undefined ? null : <OverTime runs={runs} lane={lane.lane} detector={shown} search={search} />}
      <Rows run={run.id} lane={lane.lane} search={search} />
      <Categories lane={lane} />
      <RunFacts run={run} lane={lane} />
    </>
  );
};

const LaneChoice = ({ run, lane }: { readonly run: RunSummary; readonly lane: string }): ReactNode => {
  const navigate = useNavigate({ from: "/self-test" });
  return (
    <NativeSelect
      size="xs"
      w="fit-content"
      label="Routes that inspect alike"
      data={run.lanes.map(({ lane: value, routes }) => ({ value, label: routes.join(", ") }))}
      value={lane}
      onChange={(event) => {
        const { value } = event.currentTarget;
        void navigate({
          search: (before) => ({ since: before.since, ...SelfTestSearch.parse({ ...before, lane: value }) }),
        });
      }}
    />
  );
};

const RunFacts = ({
  run,
  lane,
}: {
  readonly run: RunSummary;
  readonly lane: RunSummary["lanes"][number];
}): ReactNode => (
  <Facts
    facts={[
      ["Routes", lane.routes.join(", ")],
      ["Rows", `${plural(run.corpus.attacks, "attack")}, ${plural(run.corpus.benign, "look-alike")}`],
      ["Digest of the rows", <code key="digest">{run.corpus.digest}</code>],
      [
        "Baseline",
        run.baseline === undefined ? (
          "none for these rows"
        ) : (
          <>
            of <AbsoluteTime time={run.baseline} />
          </>
        ),
      ],
      ["Acted on by policies", `${lane.acted} of ${plural(run.corpus.attacks, "attack")}`],
      ["Added per row", `${duration(lane.addedMs.p50)} median, ${duration(lane.addedMs.p99)} 99th percentile`],
      ["Started by", run.actor],
      ["Parapet", run.versions.product],
    ]}
  />
);
