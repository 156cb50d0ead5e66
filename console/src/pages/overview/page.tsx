import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { overviewQuery } from "../../api/queries.ts";
import { Page } from "../../components/panel.tsx";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Loaded } from "../../components/states.tsx";
import { Activity } from "./activity.tsx";
import { EvidenceLine } from "./evidence-line.tsx";
import { FirstExchange } from "./first-exchange.tsx";
import { GuidedMinute } from "./guided-minute.tsx";
import { Answer } from "./answer.tsx";
import { Categories, Policies, Principals, Routes } from "./tables.tsx";
import classes from "./page.module.css";

export const OverviewPage = (): ReactNode => {
  const since = useSince();
  const query = useQuery(overviewQuery(since));
  const demoShown = useSearch({ from: "/", select: (search) => search.view === "demo" });
  const navigate = useNavigate();
  const toggle = (): void => void navigate({ to: "/", search: demoShown ? {} : { view: "demo" } });
  return (
    <Page>
      <Loaded query={query} height={420} title="Overview">
        {(overview) => {
          const empty = overview.exchanges === 0;
          return (
            <>
              <div className={classes.head}>
                <Answer overview={overview} since={since} />
                {overview.demo && !empty ? (
                  <Button variant="default" size="xs" aria-expanded={demoShown} onClick={toggle}>
                    {demoShown ? "Close the demo" : "Demo"}
                  </Button>
                ) : null}
              </div>
              {overview.demo && (empty || demoShown) ? <GuidedMinute /> : null}
              {empty ? (
                <FirstExchange />
              ) : (
                <>
                  <Activity overview={overview} />
                  <div className={classes.columns}>
                    <Categories overview={overview} />
                    <Policies overview={overview} />
                    <Routes overview={overview} />
                    <Principals overview={overview} />
                  </div>
                </>
              )}
              <EvidenceLine evidence={overview.evidence} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
};
