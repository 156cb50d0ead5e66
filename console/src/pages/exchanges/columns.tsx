import type { ExchangeSummary } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import { StateText, VerdictBadge } from "../../components/badges.tsx";
import { count, duration, shortId, words } from "../../components/format.ts";
import type { Column } from "../../components/data-table.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";

export const EXCHANGE_COLUMNS: readonly Column<ExchangeSummary>[] = [
  { key: "time", header: "Time", track: "80px", tier: 1, render: (row) => <Time time={row.time} /> },
  {
    key: "id",
    header: "Exchange",
    track: "76px",
    tier: 1,
    render: (row) => (
      <Link to="/exchanges/$id" params={{ id: row.id }} title={row.id}>
        <code>{shortId(row.id)}</code>
      </Link>
    ),
  },
  {
    key: "verdict",
    header: "Verdict",
    track: "100px",
    tier: 1,
    render: (row) => <VerdictBadge action={row.verdict} />,
  },
  {
    key: "found",
    header: "Found",
    track: "minmax(110px, 1.4fr)",
    tier: 1,
    render: (row) => {
      const unseen = row.unscannable === 0 ? "" : `${count(row.unscannable)} not inspected`;
      if (row.categories.length === 0) return <span className="soft">{unseen === "" ? "nothing" : unseen}</span>;
      return [...row.categories.map(words), unseen].filter((part) => part !== "").join(", ");
    },
  },
  { key: "policy", header: "Policy", tier: 2, track: "minmax(90px, 1.2fr)", render: (row) => row.policy ?? "" },
  { key: "route", header: "Route", track: "minmax(70px, 0.8fr)", render: (row) => row.route },
  { key: "model", header: "Model", track: "minmax(80px, 1fr)", render: (row) => <Untrusted text={row.model} /> },
  {
    key: "principal",
    header: "Principal",
    tier: 2,
    track: "minmax(90px, 1.2fr)",
    render: (row) => <Untrusted text={row.principal} />,
  },
  {
    key: "session",
    header: "Session",
    track: "minmax(70px, 0.8fr)",
    render: (row) => <Untrusted text={shortId(row.session)} />,
  },
  { key: "state", header: "State", track: "minmax(80px, 108px)", render: (row) => <StateText state={row.state} /> },
  {
    key: "uninspected",
    header: "Unseen",
    track: "52px",
    numbers: true,
    render: (row) => (row.unscannable === 0 ? "" : count(row.unscannable)),
  },
  {
    key: "latency",
    header: "Took",
    track: "60px",
    numbers: true,
    render: (row) => (row.state === "open" ? "" : duration(row.latencyMs)),
  },
  { key: "added", header: "Added", track: "64px", numbers: true, render: (row) => duration(row.addedMs) },
];

/** Left out until somebody asks for them. */
export const HIDDEN_AT_FIRST: ReadonlySet<string> = new Set(["session", "added"]);
