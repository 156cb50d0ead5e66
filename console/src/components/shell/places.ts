/** The console's places, in the order of the navigation; `key` follows `g`. */
export const PLACES = [
  { to: "/", label: "Overview", icon: "overview", key: "o" },
  { to: "/findings", label: "Findings", icon: "findings", key: "f" },
  { to: "/exchanges", label: "Exchanges", icon: "exchanges", key: "e" },
  { to: "/policies", label: "Policies", icon: "policies", key: "p" },
  { to: "/self-test", label: "Self-test", icon: "selfTest", key: "t" },
  { to: "/keys", label: "Keys", icon: "keys", key: "k" },
  { to: "/evidence", label: "Evidence", icon: "evidence", key: "v" },
  { to: "/settings", label: "Settings", icon: "settings", key: "s" },
] as const;
