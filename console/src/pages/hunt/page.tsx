import { Button, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { Page } from "../../components/panel.tsx";
import { CopyBlock } from "../../components/copy.tsx";
import { Empty } from "../../components/states.tsx";
import { useMay } from "../../components/may.ts";
import { useSince } from "../../components/shell/top-bar.tsx";
import { HuntSearch } from "../../search/params.ts";
import { Builder } from "./builder.tsx";
import { Results } from "./results.tsx";

const VIEWS = [
  { value: "builder", label: "Builder" },
  { value: "expression", label: "Expression" },
];

export const HuntPage = (): ReactNode => {
  const search = useSearch({ from: "/hunt" });
  const navigate = useNavigate({ from: "/hunt" });
  const since = useSince();
  const may = useMay("analyst");
  const [view, setView] = useState(search.where === undefined ? "builder" : "expression");
  const hunt = (more: HuntSearch): void =>
    void navigate({ search: (before) => ({ since: before.since, ...HuntSearch.parse(more) }) });
  const isAsked = search.where !== undefined || search.rule !== undefined;
  return (
    <Page wide>
      <DetectTabs />
      {isAsked ? null : <h1>Hunt</h1>}
      {may ? (
        <>
          {isAsked ? <Results key={JSON.stringify([search, since])} search={search} since={since} /> : null}
          <div className="stack tight">
            <SegmentedControl
              size="xs"
              w="fit-content"
              aria-label="How to ask"
              data={VIEWS}
              value={view}
              onChange={setView}
            />
            {view === "builder" ? (
              <Builder onHunt={(where) => hunt({ where, by: search.by })} />
            ) : (
              <Expression
                key={search.where}
                start={search.where ?? ""}
                by={search.by ?? ""}
                onHunt={(where, by) => hunt({ where, by: by === "" ? undefined : by })}
              />
            )}
          </div>
          {isAsked ? null : <Begin />}
        </>
      ) : (
        <Empty title="Hunting reads events, which your role may not.">
          <p>An administrator can give you the role analyst.</p>
        </Empty>
      )}
    </Page>
  );
};

const Expression = ({
  start,
  by,
  onHunt,
}: {
  readonly start: string;
  readonly by: string;
  readonly onHunt: (where: string, by: string) => void;
}): ReactNode => {
  const [where, setWhere] = useState(start);
  const [field, setField] = useState(by);
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (where.trim() !== "") onHunt(where, field);
      }}
    >
      <Textarea
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        aria-label="Expression"
        placeholder={'source = gateway and not principal startswith "service:"'}
        value={where}
        onChange={(event) => setWhere(event.currentTarget.value)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      />
      <div className="row">
        <TextInput
          size="xs"
          aria-label="Count by"
          placeholder="count by field"
          value={field}
          onChange={(event) => setField(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" disabled={where.trim() === ""}>
          Hunt
        </Button>
      </div>
    </form>
  );
};

const Begin = (): ReactNode => (
  <Empty title="Ask for events of every source, in the time that is chosen above.">
    <p>The same from the command line:</p>
    <CopyBlock
      label="command"
      text={`npx parapet hunt --where 'kind = exchange.closed and verdict = block' --since 7d --by principal`}
    />
  </Empty>
);
