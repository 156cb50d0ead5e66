import { Button } from "@mantine/core";
import type { GatewayKey } from "@parapet/model";
import type { KeyCreated } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { keysQuery } from "../../api/queries.ts";
import { AgentTabs } from "../../components/agent-tabs.tsx";
import { plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Page } from "../../components/panel.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { CreateKey } from "./create-key.tsx";
import { KeyRow } from "./key-row.tsx";
import { isWorking } from "./key-state.ts";
import { SecretOnce } from "./secret-once.tsx";
import classes from "./page.module.css";

const answer = (keys: readonly GatewayKey[], now: number): string => {
  const working = keys.filter((key) => isWorking(key, now)).length;
  if (keys.length === 0) return "No keys: only this machine can reach the gateway.";
  return `${plural(working, "key")} ${working === 1 ? "works" : "work"}${keys.length > working ? `, ${keys.length - working} no longer` : ""}.`;
};

export const KeysPage = (): ReactNode => {
  const query = useQuery(keysQuery);
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<KeyCreated>();
  const mayChange = useMay("administrator");
  const now = Date.now();
  return (
    <Page>
      <AgentTabs />
      <Loaded query={query} height={320} title="Keys">
        {({ items }) => {
          const sorted = items.toSorted(
            (a, b) => Number(isWorking(b, now)) - Number(isWorking(a, now)) || (a.createdAt < b.createdAt ? 1 : -1),
          );
          return (
            <>
              <div className="row">
                <h1>{answer(items, now)}</h1>
                {mayChange ? (
                  <Button className="push" size="xs" aria-expanded={creating} onClick={() => setCreating(!creating)}>
                    New key
                  </Button>
                ) : null}
              </div>
              {created === undefined ? null : <SecretOnce created={created} onClose={() => setCreated(undefined)} />}
              {creating ? (
                <CreateKey
                  onCreated={(key) => {
                    setCreated(key);
                    setCreating(false);
                  }}
                  onCancel={() => setCreating(false)}
                />
              ) : null}
              {items.length === 0 ? (
                <Empty title="Keys let applications on other machines in.">
                  <p>
                    Each application gets its own, limited to the routes and models it needs. It goes where the
                    provider’s API key went; the provider’s own credential stays in the configuration of the route.
                  </p>
                </Empty>
              ) : (
                <ul className={classes.keys}>
                  {sorted.map((key) => (
                    <KeyRow key={key.id} gatewayKey={key} onRotated={setCreated} />
                  ))}
                </ul>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
};
