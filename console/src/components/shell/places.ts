/** The console's places, in the order of the navigation; `key` follows `g`. */
export const PLACES = [
  { to: "/", label: "Overview", icon: "overview", key: "o" },
  { to: "/findings", label: "Findings", icon: "findings", key: "f" },
  { to: "/approvals", label: "Approvals", icon: "approvals", key: "a" },
  { to: "/exchanges", label: "Exchanges", icon: "exchanges", key: "e" },
  { to: "/agents", label: "Agents", icon: "agents", key: "n" },
  { to: "/rules", label: "Detect", icon: "detect", key: "d" },
  { to: "/policies", label: "Policies", icon: "policies", key: "p" },
  { to: "/evidence", label: "Evidence", icon: "evidence", key: "v" },
  { to: "/settings", label: "Settings", icon: "settings", key: "s" },
] as const;

/** Pages that stand as tabs under a place, by their path; the place's own page is the first of them. */
export const DETECT_TABS = [
  { to: "/rules", label: "Rules" },
  { to: "/hunt", label: "Hunt" },
  { to: "/behaviour", label: "Behaviour" },
  { to: "/coverage", label: "Coverage" },
  { to: "/sources", label: "Sources" },
  { to: "/timeline", label: "Timeline" },
  { to: "/self-test", label: "Self-test" },
] as const;

/** The same for those who call: agents, and what they call with. */
export const AGENT_TABS = [
  { to: "/agents", label: "Agents" },
  { to: "/tools", label: "Tools" },
  { to: "/keys", label: "Keys" },
] as const;

const TABS = { "/rules": DETECT_TABS, "/agents": AGENT_TABS } as const;

const isAt = (path: string, to: string): boolean => path === to || (to !== "/" && path.startsWith(`${to}/`));

/** The place to which an address belongs. */
export const placeOf = (path: string): (typeof PLACES)[number] | undefined =>
  PLACES.findLast(
    ({ to }) => isAt(path, to) || ((to === "/rules" || to === "/agents") && TABS[to].some((tab) => isAt(path, tab.to))),
  );
