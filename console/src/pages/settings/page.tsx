import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signOut } from "../../api/changes.ts";
import { sessionQuery, settingsQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Facts, Folded, Page, Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Loaded } from "../../components/states.tsx";
import { DiagnosticList } from "../../components/diagnostic-list.tsx";
import { Credentials } from "./credentials.tsx";
import { Preferences } from "./preferences.tsx";
import { Users } from "./users.tsx";
import { toYaml } from "./yaml.ts";
import classes from "./page.module.css";

export const SettingsPage = (): ReactNode => {
  const queryClient = useQueryClient();
  const query = useQuery(settingsQuery);
  const session = useQuery(sessionQuery);
  const isAdministrator = useMay("administrator");
  const leave = async (): Promise<void> => {
    await signOut();
    queryClient.setQueryData(sessionQuery.queryKey, null);
    queryClient.removeQueries({ predicate: (other) => other.queryKey[0] !== sessionQuery.queryKey[0] });
  };
  return (
    <Page>
      <div className="row">
        <h1>Settings</h1>
        <span className="push soft">
          {session.data === null || session.data === undefined ? "" : `${session.data.name}, ${session.data.role}`}
        </span>
        <Button size="xs" variant="default" onClick={() => void leave()}>
          Sign out
        </Button>
      </div>
      <Preferences />
      <Loaded query={query} height={320}>
        {(settings) => (
          <>
            <Users users={settings.users} canChange={isAdministrator} />
            <Credentials credentials={settings.credentials} canChange={isAdministrator} />
            <Panel title="Installation">
              <Facts
                facts={[
                  ["Version", settings.version],
                  ["Data directory", <code key="data">{settings.dataDirectory}</code>],
                  [
                    "Configuration file",
                    settings.configurationFile === undefined ? (
                      "none: defaults are in force"
                    ) : (
                      <code key="file">{settings.configurationFile}</code>
                    ),
                  ],
                ]}
              />
              <DiagnosticList diagnostics={settings.diagnostics} />
            </Panel>
            <div>
              <Folded title="Effective configuration" summary="read-only; credentials show their reference">
                <pre className={classes.yaml} tabIndex={0} aria-label="Effective configuration">
                  {toYaml(settings.configuration)}
                </pre>
              </Folded>
              <Folded title="Detectors" summary={plural(settings.detectors.length, "detector")}>
                <table className="plain">
                  <thead>
                    <tr>
                      <th>Detector</th>
                      <th>What it looks for</th>
                      <th>Finds</th>
                    </tr>
                  </thead>
                  <tbody>
                    {settings.detectors.map((detector) => (
                      <tr key={detector.id}>
                        <td>
                          <strong>{detector.title}</strong>
                          <br />
                          <code className="soft">
                            {detector.id} {detector.version}
                          </code>
                        </td>
                        <td>
                          <Sentence text={detector.description} />
                          {detector.contextual ? <span className="soft"> Looks at the whole exchange.</span> : null}
                        </td>
                        <td>{detector.categories.join(", ")}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Folded>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
};
