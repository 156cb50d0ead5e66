import { SegmentedControl } from "@mantine/core";
import type { PoliciesResponse } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { policiesQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { Page } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { PoliciesSearch } from "../../search/params.ts";
import { DiagnosticList } from "../../components/diagnostic-list.tsx";
import { Modes } from "./modes.tsx";
import { PolicyList } from "./policy-list.tsx";
import { Scratchpad } from "./scratchpad.tsx";

const VIEWS = [
  { value: "policies", label: "Policies" },
  { value: "modes", label: "Mode per route" },
  { value: "try", label: "Try a text" },
];

const answer = ({ policies, routes, diagnostics }: PoliciesResponse): string => {
  const enforcing = routes.filter((route) => route.mode === "enforce").length;
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error").length;
  const start = `${plural(policies.length, "policy", "policies")} in force, ${enforcing} of ${plural(routes.length, "route")} enforcing.`;
  return errors === 0
    ? start
    : `${start} The newest files have ${plural(errors, "error")}, so the set before them stays in force.`;
};

export const PoliciesPage = (): ReactNode => {
  const query = useQuery(policiesQuery);
  const { view = "policies", policy } = useSearch({ from: "/policies" });
  const navigate = useNavigate({ from: "/policies" });
  return (
    <Page>
      <Loaded query={query} height={420} title="Policies">
        {(data) => (
          <>
            <div className="stack tight">
              <h1>{answer(data)}</h1>
              <p className="soft">
                Set <code>{data.version.slice(0, 16)}</code>, loaded <Time time={data.loadedAt} />
              </p>
            </div>
            <DiagnosticList diagnostics={data.diagnostics} />
            <SegmentedControl
              size="xs"
              w="fit-content"
              aria-label="View"
              data={VIEWS}
              value={view}
              onChange={(value) =>
                void navigate({
                  search: (before) => ({
                    since: before.since,
                    ...PoliciesSearch.parse({ view: value === "policies" ? undefined : value }),
                  }),
                })
              }
            />
            {view === "policies" ? <PolicyList policies={data.policies} /> : null}
            {view === "modes" ? <Modes routes={data.routes} /> : null}
            {view === "try" ? <Scratchpad start={data.policies.find(({ id }) => id === policy)?.text} /> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
};
