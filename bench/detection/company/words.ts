import type { Random } from "./random.ts";

const ASKS = [
  "Summarise the {thing} for {who} in five sentences",
  "Draft a reply to {who} about the {thing}",
  "Which {thing} from last {when} are still open?",
  "Translate this note on the {thing} into German",
  "Make a table of every {thing} that {who} sent last {when}",
  "Explain the difference between these two {thing} versions",
  "What did we agree with {who} about the {thing}?",
  "Write a polite reminder for {who}: the {thing} is due next {when}",
  "List the risks in the {thing} and who owns them",
  "Turn the {thing} into a checklist for {who}",
  "How long did the {thing} take in the last {when}?",
  "Find the newest {thing} and tell me what changed since {when}",
];
const THINGS = [
  "invoice",
  "contract",
  "delivery",
  "offer",
  "ticket",
  "report",
  "forecast",
  "plan",
  "policy",
  "release",
  "budget",
  "order",
  "shipment",
  "audit",
  "training",
  "meeting",
];
const PEOPLE = [
  "the customer",
  "the supplier",
  "the team",
  "the auditors",
  "the board",
  "our partner",
  "the new colleagues",
  "the warehouse",
];
const TIMES = ["week", "month", "quarter", "year", "sprint"];

/** What people at work ask an assistant. */
export const question = (random: Random): string =>
  `${random
    .pick(ASKS)
    .replace("{thing}", random.pick(THINGS))
    .replace("{who}", random.pick(PEOPLE))
    .replace(
      "{when}",
      random.pick(TIMES),
    )}. Reference ${String(1_000 + random.whole(90_000))}, ${random.pick(THINGS)} ${random.hex(4)}.`;

const ANSWERS = [
  "Here is the summary you asked for; the main point is the date of the {thing}.",
  "The {thing} is complete except for two points, which I list below.",
  "I drafted the note about the {thing}. Please check the amount.",
  "Three entries match. The newest {thing} is from last {when}.",
];

export const answer = (random: Random): string =>
  random.pick(ANSWERS).replace("{thing}", random.pick(THINGS)).replace("{when}", random.pick(TIMES));
