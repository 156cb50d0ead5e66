import type { Event } from "@parapet/model";
import { SeverityBadge } from "../../components/badges.tsx";
import type { Column } from "../../components/data-table.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";

export const EVENT_COLUMNS: readonly Column<Event>[] = [
  { key: "time", header: "Time", track: "80px", tier: 1, render: (row) => <Time time={row.time} /> },
  { key: "source", header: "Source", track: "minmax(80px, 0.8fr)", tier: 1, render: (row) => row.source },
  { key: "kind", header: "What", track: "minmax(110px, 1.2fr)", tier: 1, render: (row) => row.kind },
  {
    key: "severity",
    header: "Severity",
    track: "104px",
    tier: 2,
    render: (row) => <SeverityBadge severity={row.severity} />,
  },
  {
    key: "principal",
    header: "Principal",
    track: "minmax(90px, 1.2fr)",
    tier: 2,
    render: (row) => <Untrusted text={row.principal ?? ""} />,
  },
  {
    key: "agent",
    header: "Agent",
    track: "minmax(70px, 0.8fr)",
    render: (row) => <Untrusted text={row.agent ?? ""} />,
  },
  {
    key: "asset",
    header: "Asset",
    track: "minmax(90px, 1.2fr)",
    render: (row) => <Untrusted text={row.asset ?? ""} />,
  },
];
