import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { demoQuery, policiesQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { Panel } from "../../components/panel.tsx";
import { codeFor, LANGUAGES, type Language } from "../../components/sdk-code.ts";

/** How an empty installation fills: an SDK's base URL is all that changes. */
export const FirstExchange = (): ReactNode => {
  const policies = useQuery(policiesQuery);
  const demo = useQuery(demoQuery);
  const [language, setLanguage] = useState<Language>("JavaScript");
  const routes = policies.data?.routes ?? [];
  const route = routes.find(({ id }) => id !== demo.data?.route) ?? routes[0];
  const baseUrl = `${window.location.origin}${route?.path ?? "/v1"}`;
  return (
    <Panel title="Point an application at Parapet">
      <p>
        Change the base URL of the SDK that your application already uses; the exchange appears here as it happens.{" "}
        {route === undefined ? null : (
          <>
            The route <code>{route.id}</code>{" "}
            {route.mode === "observe" ? "only observes until you say otherwise" : "enforces its policies"}.
          </>
        )}
      </p>
      <SegmentedControl
        size="xs"
        w="fit-content"
        aria-label="Language"
        data={[...LANGUAGES]}
        value={language}
        onChange={(value) => setLanguage(LANGUAGES.find((name) => name === value) ?? "JavaScript")}
      />
      <CopyBlock lines label="code" text={codeFor(language, baseUrl)} />
      <p className="soft">
        Nothing to point yet? Read what happened already: <code>npx parapet scan logs.jsonl</code>
      </p>
    </Panel>
  );
};
