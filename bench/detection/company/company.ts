import { randomOf } from "./random.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const MINUTE_MS = 60_000;
/** A Monday. */
export const START_MS = Date.UTC(2026, 8, 7);

/** `holiday`: the day of the run on which nobody there works. */
export const OFFICES = [
  { name: "zurich", country: "CH", countryName: "Switzerland", offsetHours: 2, holiday: 14 },
  { name: "new-york", country: "US", countryName: "United States", offsetHours: -4, holiday: 0 },
  { name: "bangalore", country: "IN", countryName: "India", offsetHours: 5.5, holiday: 25 },
  { name: "lisbon", country: "PT", countryName: "Portugal", offsetHours: 1, holiday: 28 },
] as const;
export type Office = (typeof OFFICES)[number];

const TEAMS = [
  "sales",
  "support",
  "finance",
  "legal",
  "people",
  "data",
  "platform",
  "product",
  "logistics",
  "security",
];

export interface Person {
  readonly name: string;
  readonly mail: string;
  readonly team: string;
  readonly office: Office;
  /** In the office, behind its own network. */
  readonly address: string;
  readonly home: string;
  /** How eagerly they use the assistants; 1 is usual. */
  readonly zeal: number;
}

export interface Agent {
  readonly name: string;
  readonly model: string;
  readonly tools: readonly string[];
  readonly hosts: readonly string[];
  readonly collection: string;
  readonly address: string;
  readonly database: boolean;
  /** Runs in an hour of the day. */
  readonly perHour: number;
  /** Days of the run on which a new version of it was rolled out. */
  readonly releases: readonly number[];
}

export interface Classifier {
  readonly name: string;
  readonly endpoint: string;
  readonly labels: readonly [string, string];
  readonly caller: string;
  readonly perHour: number;
}

export interface Company {
  readonly seed: string;
  readonly people: readonly Person[];
  readonly agents: readonly Agent[];
  readonly classifiers: readonly Classifier[];
}

const AGENTS: readonly (readonly [string, string, readonly string[]])[] = [
  ["billing", "gpt-4o", ["find_invoice", "create_credit_note", "send_mail"]],
  ["support", "gpt-4o", ["find_order", "refund", "search_articles"]],
  ["triage", "gpt-4o-mini", ["read_ticket", "label_ticket"]],
  ["planner", "claude-sonnet-4", ["read_calendar", "book_room"]],
  ["leads", "gpt-4o-mini", ["find_company", "score_lead"]],
  ["search", "claude-sonnet-4", ["search_documents", "open_document"]],
  ["contracts", "claude-sonnet-4", ["read_contract", "compare_clauses"]],
  ["onboarding", "gpt-4o-mini", ["read_handbook", "create_task"]],
  ["invoices", "gpt-4o", ["read_invoice", "match_order"]],
  ["tickets", "support-llm", ["read_ticket", "answer_ticket"]],
  ["translations", "gpt-4o-mini", ["glossary"]],
  ["summaries", "claude-sonnet-4", ["open_document"]],
  ["forecasts", "gpt-4o", ["query_sales", "draw_chart"]],
  ["inventory", "gpt-4o-mini", ["query_stock", "order_parts"]],
  ["shipping", "support-llm", ["track_parcel", "book_carrier"]],
  ["returns", "support-llm", ["find_order", "create_label"]],
  ["coding", "claude-sonnet-4", ["read_file", "write_file", "run_tests"]],
  ["reviews", "claude-sonnet-4", ["read_diff", "comment"]],
  ["reports", "gpt-4o", ["query_sales", "send_mail"]],
  ["quality", "gpt-4o-mini", ["read_sample", "rate"]],
];
const HOSTS = ["api.openai.com", "api.anthropic.com", "parapet.internal.example.com"];

export const makeCompany = (seed: string, peopleCount: number): Company => {
  const random = randomOf(`${seed} company`);
  const people = Array.from({ length: peopleCount }, (_, at): Person => {
    const office = OFFICES[at % 10 < 5 ? 0 : at % 10 < 7 ? 1 : at % 10 < 9 ? 2 : 3] ?? OFFICES[0];
    const name = `person-${String(at).padStart(3, "0")}`;
    return {
      name,
      mail: `${name}@example.com`,
      team: TEAMS[Math.floor(at / 10) % TEAMS.length] ?? "sales",
      office,
      address: `10.${String(10 + OFFICES.indexOf(office))}.${String(at % 4)}.${String(20 + (at % 200))}`,
      home: `198.18.${String(at % 250)}.${String(10 + random.whole(200))}`,
      zeal: Math.min(3, random.skewed(1, 0.6)),
    };
  });
  const agents = AGENTS.map(([name, model, tools], at): Agent => {
    const first = 2 + random.whole(7);
    return {
      name,
      model,
      tools,
      hosts: HOSTS,
      collection: ["articles", "tickets", "documents", "contracts"][at % 4] ?? "articles",
      address: `10.60.${String(at)}.17`,
      database: at % 3 === 0,
      perHour: random.between(0.8, 3),
      releases: [first, first + 9, first + 17],
    };
  });
  const classifiers: readonly Classifier[] = [
    { name: "credit", endpoint: "credit-score", labels: ["approve", "decline"], caller: "lending", perHour: 40 },
    { name: "fraud", endpoint: "fraud-check", labels: ["clear", "suspect"], caller: "payments", perHour: 40 },
    { name: "churn", endpoint: "churn-risk", labels: ["stay", "leave"], caller: "crm", perHour: 15 },
  ];
  return { seed, people, agents, classifiers };
};

/** Whether they are at work, and how much: 0 at night, on weekends and holidays, but for a few late ones. */
export const workload = (office: Office, atMs: number): number => {
  const local = atMs + office.offsetHours * HOUR_MS;
  const day = Math.floor((local - START_MS) / DAY_MS);
  const weekday = ((day % 7) + 7) % 7;
  if (weekday >= 5 || day === office.holiday) return 0.01;
  const hour = Math.floor((local % DAY_MS) / HOUR_MS);
  return (
    [0, 0, 0, 0, 0, 0, 0.02, 0.25, 0.9, 1, 1, 0.9, 0.5, 0.8, 1, 0.95, 0.8, 0.5, 0.15, 0.08, 0.06, 0.04, 0.02, 0][
      hour
    ] ?? 0
  );
};

/** Its pod at that time: another after each release, and after a restart now and then. */
export const podOf = (agent: Agent, atMs: number): string => {
  const day = Math.floor((atMs - START_MS) / DAY_MS);
  const release = agent.releases.filter((one) => one <= day).length;
  const replica = randomOf(`${agent.name} ${String(release)}`).hex(9);
  const restart = randomOf(`${agent.name} ${String(release)} ${String(Math.floor(day / 5))}`).hex(5);
  return `${agent.name}-${replica}-${restart}`;
};

export const versionOf = (agent: Agent, atMs: number): string => {
  const day = Math.floor((atMs - START_MS) / DAY_MS);
  return `1.${String(agent.releases.filter((one) => one <= day).length)}`;
};
