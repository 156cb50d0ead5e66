/**
 * What inspecting a text costs, all default detectors, without memory. `npm run bench:inspection`.
 * Every iteration has new text: numbers and word order change, so that nothing is remembered by any layer.
 */
import { createInspector, DETECTORS, prepareText } from "@parapet/server/detectors";

const WORDS =
  "the quarterly report shows that customers in the northern region ordered more spare parts than last year while deliveries took longer because two warehouses moved to a new building and the planning team changed its calendar please summarise what this means for staffing budgets and training and name three risks that a manager should watch over the next months including supplier delays currency changes and seasonal demand then suggest how to present it to the board in plain language with one table and a short paragraph for each market we serve today".split(
    " ",
  );
let seed = 12_345;
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
};
const english = (units: number): string => {
  const parts: string[] = [];
  let length = 0;
  while (length < units) {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? "";
    parts.push(word);
    length += word.length + 1;
  }
  return parts.join(" ").slice(0, units);
};
const mixed = (units: number): string => {
  const text = english(units - 420);
  const encoded = Buffer.from(english(120)).toString("base64");
  return `${text} prіvet \u200b${encoded} caf%C3%A9%20au%20lait &amp; \\u0041bc ${"x".repeat(3)} ünïcode 1nf0`;
};

const context = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set<string>(),
};
const everything = createInspector(DETECTORS);
const frame = { provenance: "user", direction: "request", context } as const;

const time = (name: string, texts: readonly string[], work: (text: string) => unknown): void => {
  for (const text of texts) work(text);
  for (const text of texts) work(text);
  const samples: number[] = [];
  for (const text of texts) {
    const start = process.hrtime.bigint();
    work(text);
    samples.push(Number(process.hrtime.bigint() - start) / 1e3);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number): string => (samples[Math.floor(samples.length * share)] ?? 0).toFixed(1);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.1)} | ${at(0.9)} |`);
};

const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
console.log("| what | median µs | p10 | p90 |\n|---|---|---|---|");
const plain = many(2_000, () => english(2_048));
time("2 KB English, all detectors", plain, (text) => everything.inspect(prepareText(text), frame));
time("2 KB English, prepare only", plain, prepareText);
for (const detector of DETECTORS) {
  const one = createInspector([detector]);
  time(`2 KB English, ${detector.id}`, plain, (text) => one.inspect(prepareText(text), frame));
}
time(
  "2 KB with views and decoding, all",
  many(1_000, () => mixed(2_048)),
  (text) => everything.inspect(prepareText(text), frame),
);
for (const units of [10_000, 100_000, 1_000_000]) {
  time(
    `${units / 1_000} KB English, all`,
    many(units > 500_000 ? 5 : 50, () => english(units)),
    (text) => everything.inspect(prepareText(text), frame),
  );
}
