import { TextInput } from "@mantine/core";
import type { Event } from "@parapet/model";
import type { Timeline } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { linkRulesQuery, timelineQuery } from "../../api/queries.ts";
import { DataTable } from "../../components/data-table.tsx";
import { plural } from "../../components/format.ts";
import { DetectTabs } from "../../components/detect-tabs.tsx";
import { ListAndPreview } from "../../components/list-and-preview.tsx";
import { Folded } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Empty, Failed, Loaded, Loading, Stale } from "../../components/states.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";
import { EVENT_COLUMNS } from "./columns.tsx";
import { EventDetail } from "./event-detail.tsx";
import classes from "./page.module.css";

const answer = (name: string, { events, more }: Timeline): string => {
  const sources = new Set(events.map(({ source }) => source)).size;
  if (events.length === 0) return `Nothing of ${name} in this time`;
  return `${more ? "More than " : ""}${plural(events.length, "event")} of ${name} from ${plural(sources, "source")}`;
};

/** What one name did across all sources, with the names that belong to it and how that is known. */
export const TimelinePage = (): ReactNode => {
  const { name, selected } = useSearch({ from: "/timeline" });
  const navigate = useNavigate({ from: "/timeline" });
  const since = useSince();
  const query = useQuery({ ...timelineQuery(name ?? "", since), enabled: name !== undefined });
  const scroller = useRef<HTMLDivElement>(null);
  const select = (id: string): void =>
    void navigate({ search: (before) => ({ ...before, selected: id }), replace: true });
  const list = (): ReactNode => {
    if (name === undefined) {
      return (
        <div className={classes.message}>
          <Empty title="Whose timeline?">
            <p>
              Write a name as it stands in findings and events: <code>agent:billing</code>, <code>user:ada</code>,{" "}
              <code>key:…</code>, <code>pod:ml/trainer-0</code>, <code>workload:ml/trainer</code>,{" "}
              <code>address:10.0.0.7</code>, <code>session:…</code>, <code>trace:…</code>.
            </p>
          </Empty>
          <Rules />
        </div>
      );
    }
    if (query.data === undefined) {
      return query.error === null ? (
        <Loading height="60vh" />
      ) : (
        <div className={classes.message}>
          <Failed error={query.error} retry={() => void query.refetch()} />
        </div>
      );
    }
    if (query.data.events.length === 0) {
      return (
        <div className={classes.message}>
          <Empty title="No source named it in this time.">
            <p>
              Choose a longer time above, or see on <Link to="/exchanges">Exchanges</Link> who is there.
            </p>
          </Empty>
        </div>
      );
    }
    return (
      <DataTable
        label="Events"
        columns={EVENT_COLUMNS}
        rows={query.data.events}
        idOf={(row: Event) => row.id}
        selected={selected}
        onSelect={select}
        onOpen={select}
        onEnd={() => undefined}
        scroller={scroller}
      />
    );
  };
  return (
    <ListAndPreview
      label="Event"
      head={
        <>
          <DetectTabs />
          <h1>
            {name === undefined || query.data === undefined ? (
              "Timeline"
            ) : (
              <VisibleText text={answer(name, query.data)} />
            )}
          </h1>
          <NameForm key={name} name={name} />
          {query.data === undefined || query.data.names.length === 0 ? null : <Names timeline={query.data} />}
          {query.data !== undefined && query.error !== null ? (
            <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
          ) : null}
        </>
      }
      list={list()}
      onClose={() => void navigate({ search: (before) => ({ ...before, selected: undefined }), replace: true })}
      preview={selected === undefined ? undefined : <EventDetail key={selected} id={selected} />}
    />
  );
};

const NameForm = ({ name }: { readonly name: string | undefined }): ReactNode => {
  const navigate = useNavigate({ from: "/timeline" });
  const [typed, setTyped] = useState(name ?? "");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = typed.trim();
    void navigate({ search: (before) => ({ since: before.since, name: wanted === "" ? undefined : wanted }) });
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        size="xs"
        aria-label="Name"
        placeholder="agent:billing"
        maxLength={300}
        w={320}
        maw="100%"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  );
};

/** How it is known which names belong together. */
const Rules = (): ReactNode => {
  const query = useQuery(linkRulesQuery);
  return (
    <Folded title="How names are joined" summary="which names are taken to belong to each other, and why">
      <Loaded query={query}>
        {({ items }) => (
          <ul className={classes.names}>
            {items.map((rule) => (
              <li key={rule.id}>
                <code>{rule.one}</code> <span className="soft">with</span> <code>{rule.other}</code>{" "}
                <span className="soft">
                  in {rule.source === "*" ? "any source" : rule.source}, {Math.round(rule.confidence * 100)} % (
                  {rule.id}): <Sentence text={rule.description} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Folded>
  );
};

const Names = ({ timeline }: { readonly timeline: Timeline }): ReactNode => (
  <Folded title="Belongs to" summary={plural(timeline.names.length, "name")}>
    <ul className={classes.names}>
      {timeline.names.map(({ name, confidence, via }) => (
        <li key={name}>
          <Link to="/timeline" search={{ name }}>
            <Untrusted text={name} />
          </Link>{" "}
          <span className="soft">
            {Math.round(confidence * 100)} %, by {via.map(({ rule }) => rule).join(", then ")}
          </span>
        </li>
      ))}
    </ul>
  </Folded>
);
