import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { sourcesQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { Page, Panel } from "../../components/panel.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { Connect } from "./connect.tsx";
import { SourceRow } from "./source-row.tsx";
import { answer, needsSomebody } from "./state.ts";
import classes from "./page.module.css";

/** Telemetry besides what the gateway sees: what arrives, what does not, and how to connect more. */
export const SourcesPage = (): ReactNode => {
  const query = useQuery(sourcesQuery);
  return (
    <Page>
      <DetectTabs />
      <Loaded query={query} height={420} title="Sources">
        {({ items, catalogue }) => {
          const sorted = items.toSorted(
            (a, b) => Number(needsSomebody(b)) - Number(needsSomebody(a)) || a.id.localeCompare(b.id),
          );
          return (
            <>
              <h1>{answer(items)}</h1>
              {items.length === 0 ? (
                <Empty title="What agents, clusters, registries and identity providers log can be seen beside what the gateway sees.">
                  <p>Send something from this machine with the administrator’s token:</p>
                  <CopyBlock
                    label="command"
                    text={`echo '{"kind":"deployment","principal":"user:ada","asset":"model:churn@7"}' > event.jsonl\nnpx parapet ingest json event.jsonl`}
                    lines
                  />
                  <p>
                    A sender elsewhere needs a source in <code>parapet.yaml</code>: choose one below.
                  </p>
                </Empty>
              ) : (
                <ul className={classes.sources}>
                  {sorted.map((source) => (
                    <SourceRow key={source.id} source={source} entry={catalogue.find(({ id }) => id === source.kind)} />
                  ))}
                </ul>
              )}
              <Panel title={items.length === 0 ? "Connect a source" : "Connect another"}>
                {catalogue.map((entry) => (
                  <Connect key={entry.id} entry={entry} />
                ))}
              </Panel>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
};
