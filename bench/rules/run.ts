/**
 * What rules cost on the stream: events a second on one core with 10, 100 and 1,000 rules, found through the index
 * and asked one by one. `npm run bench:rules`. Events are of a tenth of the shapes that the rules name, as in a
 * company where most of what happens is none of a rule's business.
 */
import { compileRule, loadRules, type RuleSet } from "@parapet/server/rules";

const EVENTS = 20_000;
const BINDINGS = [{ logsource: { product: "bench", service: "all" }, source: "bench" }];

let seed = 20_261_121;
const random = (below: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  return seed % below;
};

/** Of ten rules seven name an action, two a tool and a piece of the command line, one only a piece of a text. */
const ruleText = (index: number): string => {
  const selection =
    index % 10 < 7
      ? `{ action: [action-${index}, other-${index}], outcome: failure }`
      : index % 10 < 9
        ? `{ tool: tool-${index}, commandLine|contains: 'curl ${index}' }`
        : `{ commandLine|contains: 'needle-${index}' }`;
  return `title: R${index}\nname: r${index}\nlogsource: { product: bench, service: all }\ndetection: { s: ${selection}, known: { principal|startswith: 'service:known-' }, condition: s and not known }\n`;
};

const events = Array.from({ length: EVENTS }, (_, index) => ({
  source: "bench",
  kind: "api.call",
  principal: `user:${random(500)}`,
  body: {
    action: `action-${random(10_000)}`,
    outcome: random(2) === 0 ? "failure" : "success",
    tool: `tool-${random(10_000)}`,
    commandLine: `curl ${index} https://example.com/path/${random(10_000)} --header x`,
    request: { path: "/v1/chat/completions", bytes: random(100_000), tags: ["a", "b"] },
    userAgent: "bench/1.0",
  },
}));

const measure = (work: (event: (typeof events)[number]) => number): string => {
  for (const event of events.slice(0, 2_000)) work(event);
  const start = process.cpuUsage();
  let held = 0;
  for (const event of events) held += work(event);
  const { user, system } = process.cpuUsage(start);
  const rate = Math.round(EVENTS / ((user + system) / 1e6));
  return `${rate.toLocaleString("en")} | ${held}`;
};

const plain = (set: RuleSet) => {
  const all = set.rules.map((rule) => compileRule(rule));
  return (event: (typeof events)[number]): number => all.reduce((held, holds) => held + (holds(event) ? 1 : 0), 0);
};

console.log(
  "| rules | found through the index, events a CPU second | hits | asked one by one | hits |\n|---|---|---|---|---|",
);
for (const count of [10, 100, 1_000]) {
  const files = Array.from({ length: count }, (_, index) => ({ path: `${index}.yml`, text: ruleText(index) }));
  const { set, diagnostics } = loadRules(files, BINDINGS);
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics[0]));
  console.log(`| ${count} | ${measure((event) => set.hits(event).length)} | ${measure(plain(set))} |`);
}
