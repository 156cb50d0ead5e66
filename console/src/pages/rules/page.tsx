import { NativeSelect, TextInput } from "@mantine/core";
import type { RuleInfo, RulesResponse } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { rulesQuery } from "../../api/queries.ts";
import { SeverityBadge } from "../../components/badges.tsx";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { DiagnosticList } from "../../components/diagnostic-list.tsx";
import { count, plural } from "../../components/format.ts";
import { Page } from "../../components/panel.tsx";
import { Empty, Loaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { RulesSearch } from "../../search/params.ts";
import { Rule } from "./rule.tsx";
import { CHANGE_WORDS, hitWords, STATE_WORDS } from "./words.ts";
import classes from "./page.module.css";

const answer = ({ items }: RulesResponse): string => {
  const running = items.filter(({ state }) => state === "active" || state === "serving");
  const correlations = running.filter(({ kind }) => kind === "correlation").length;
  // The hits of a correlation are those of its rules; whether it held, its findings say.
  const held = running.filter(({ kind, hits }) => kind === "rule" && hits > 0).length;
  return `${plural(running.length, "rule")} ${running.length === 1 ? "runs" : "run"}, ${count(correlations)} of them over several events; of the others ${count(held)} held in the last 7 days.`;
};

const isShown = ({ key, title, tags, state }: RuleInfo, search: RulesSearch): boolean =>
  (search.standing === undefined || state === search.standing) &&
  (search.find === undefined || `${key} ${title} ${tags.join(" ")}`.toLowerCase().includes(search.find.toLowerCase()));

export const RulesPage = (): ReactNode => {
  const query = useQuery(rulesQuery);
  const search = useSearch({ from: "/rules" });
  return (
    <Page>
      <DetectTabs />
      <Loaded query={query} height={420} title="Rules">
        {(data) => (
          <>
            <div className="stack tight">
              <h1>{answer(data)}</h1>
              <p className="soft">
                Set <code>{data.version}</code>, loaded <Time time={data.loadedAt} />
              </p>
            </div>
            <DiagnosticList diagnostics={data.diagnostics} />
            {data.items.length === 0 ? <None /> : <List items={data.items} search={search} />}
          </>
        )}
      </Loaded>
    </Page>
  );
};

const None = (): ReactNode => (
  <Empty title="There are no rules, so nothing but policies looks at what happens.">
    <p>
      Put Sigma rules into a folder that <code>rules:</code> in parapet.yaml names; they load without a restart.
    </p>
  </Empty>
);

const List = ({ items, search }: { readonly items: readonly RuleInfo[]; readonly search: RulesSearch }): ReactNode => {
  const navigate = useNavigate({ from: "/rules" });
  const shown = items.filter((item) => isShown(item, search));
  const chosen = items.find(({ key }) => key === search.rule) ?? shown[0];
  const change = (more: Partial<RulesSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...more }), replace: true });
  return (
    <>
      <div className="row">
        <TextInput
          size="xs"
          aria-label="Find a rule"
          placeholder="Name, title or tag"
          value={search.find ?? ""}
          onChange={(event) => change({ find: event.currentTarget.value || undefined })}
        />
        <NativeSelect
          size="xs"
          aria-label="State"
          data={[
            { value: "", label: "Every state" },
            ...Object.entries(STATE_WORDS).map(([value, label]) => ({ value, label })),
          ]}
          value={search.standing ?? ""}
          onChange={(event) =>
            change({ standing: RulesSearch.parse({ standing: event.currentTarget.value }).standing })
          }
        />
        <span className="soft" role="status">
          {shown.length === items.length ? "" : `${count(shown.length)} of ${count(items.length)}`}
        </span>
      </div>
      <div className={classes.split}>
        <ul className={classes.list} aria-label="Rules">
          {shown.map((item) => (
            <li key={item.key}>
              <Link
                to="/rules"
                search={{ ...search, rule: item.key }}
                className={classes.item}
                aria-current={item.key === chosen?.key ? "true" : undefined}
              >
                <span>{item.title}</span>
                <span className="row small">
                  <SeverityBadge severity={item.severity} />
                  <span className="soft">
                    {item.state === "active" ? "" : `${STATE_WORDS[item.state]}, `}
                    {item.change === undefined ? "" : `${CHANGE_WORDS[item.change.state]}, `}
                    {hitWords(item)}
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {chosen === undefined ? <Empty title="No rule is like that." /> : <Rule key={chosen.key} name={chosen.key} />}
      </div>
    </>
  );
};
