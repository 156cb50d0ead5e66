import { OPEN_FINDING_STATUSES, type Finding } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import { SeverityBadge } from "../../components/badges.tsx";
import { count, words } from "../../components/format.ts";
import type { Column } from "../../components/data-table.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted, VisibleText } from "../../components/untrusted.tsx";

/** Findings that still need somebody. */
export const isOpen = ({ status }: Finding): boolean => OPEN_FINDING_STATUSES.includes(status);

export const FINDING_COLUMNS: readonly Column<Finding>[] = [
  {
    key: "severity",
    header: "Severity",
    track: "92px",
    tier: 1,
    render: (row) => <SeverityBadge severity={row.severity} />,
  },
  {
    key: "title",
    header: "Finding",
    track: "minmax(140px, 3fr)",
    tier: 1,
    render: (row) => (
      <Link to="/findings/$id" params={{ id: row.id }}>
        <VisibleText text={row.title} />
      </Link>
    ),
  },
  {
    key: "who",
    header: "Who",
    track: "minmax(90px, 1fr)",
    render: (row) => (
      <Untrusted text={row.entities["principal"] ?? row.entities["session"] ?? row.entities["route"] ?? ""} />
    ),
  },
  { key: "score", header: "Score", tier: 2, track: "48px", numbers: true, render: (row) => row.score },
  { key: "status", header: "Status", tier: 2, track: "80px", render: (row) => words(row.status) },
  { key: "owner", header: "Owner", track: "minmax(60px, 0.6fr)", render: (row) => row.owner ?? "" },
  { key: "count", header: "Times", tier: 2, track: "52px", numbers: true, render: (row) => count(row.count) },
  { key: "last", header: "Last seen", track: "84px", tier: 1, render: (row) => <Time time={row.lastSeen} /> },
];
