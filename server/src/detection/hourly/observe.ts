import { FAILED_STATES, type Count, type Event, type ExchangeState, type Provenance } from "@parapet/model";
import { nameCell, numberCell } from "../features/cells.ts";
import { featureSignature, hash32, OUTCOMES, packSample } from "../features/signature.ts";
import { inputFeatures, outputFeatures } from "../features/text-features.ts";

/** A text of an event, in clear, as the one who drains it has it in hand. Absent text: only its length is known. */
export interface ObservedText {
  readonly provenance: Provenance;
  readonly text?: string | undefined;
  readonly length: number;
  /** Keyed hash of the text, where there is one. */
  readonly digest?: string;
}

/** What one event adds to the hour it happened in. */
export interface Observation {
  readonly counts: Partial<Record<Count, number>>;
  /** `feature=value` of what may be seen for the first time. */
  readonly values: readonly string[];
  /** Latencies: kept for everybody. */
  readonly timing: readonly string[];
  /** What is compared for drift: kept for routes and models. */
  readonly cells: readonly string[];
  readonly sample?: number;
}

export type Counts = Record<Count, number>;
export const noCounts = (): Counts => ({
  events: 0,
  exchanges: 0,
  inputTokens: 0,
  outputTokens: 0,
  errors: 0,
  refusals: 0,
  blocks: 0,
  nearMisses: 0,
  prompts: 0,
  latencies: 0,
  latencyLog: 0,
  addedLog: 0,
});

/** Confidence of an injection or jailbreak from which an exchange that passed is a near-miss. */
const NEAR_FROM = 0.35;
const ATTACKS = ["prompt_injection", "jailbreak"];
const STOPPED = new Set(["block", "hold", "divert", "throttle"]);
const FEATURES_MAX = 32;
const NAMES_MAX = 16;
const NAME_UNITS_MAX = 120;
const LABELS = 16 - OUTCOMES.firstLabel;
/** Where sources put the country of a sign-in or a call. */
const COUNTRY_PATHS = [["country"], ["client", "geographicalContext", "country"], ["location", "countryOrRegion"]];

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const at = (value: unknown, path: readonly string[]): unknown => {
  let here = value;
  for (const part of path) here = isFields(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  return here;
};
const numberAt = (body: Event["body"], name: string): number => {
  const value = body[name];
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
};
const nameAt = (body: Event["body"], name: string): readonly string[] => {
  const value = body[name];
  return typeof value === "string" && value !== "" ? [value.slice(0, NAME_UNITS_MAX)] : [];
};
const namesAt = (body: Event["body"], name: string): readonly string[] => {
  const value = body[name];
  return Array.isArray(value)
    ? value
        .slice(0, NAMES_MAX)
        .flatMap((one: unknown) => (typeof one === "string" ? [one.slice(0, NAME_UNITS_MAX)] : []))
    : [];
};

/** The network of an address, since people's own addresses change inside it every day. */
export const networkOf = (address: string): string => {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  if (!/^[0-9a-f:]{2,39}$/i.test(address) || !address.includes(":")) return address.slice(0, NAME_UNITS_MAX);
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":");
  const missing = tail === undefined ? [] : Array.from({ length: 8 }, () => "0");
  return `${[...groups.filter((group) => group !== ""), ...missing].slice(0, 3).join(":")}::/48`;
};

/** What kind of step of an exchange an event is. Everything that no gateway recorded is whole in itself. */
const isBeginning = ({ source, kind }: Event): boolean => source === "gateway" && kind === "exchange.opened";
const isEnd = ({ source, kind }: Event): boolean => source === "gateway" && kind === "exchange.closed";
const MODEL_CALLS = new Set(["gen_ai.chat", "gen_ai.generate_content", "gen_ai.text_completion", "prediction"]);

/** Numbers and names of one event; undefined for Parapet's own traffic. `seed` keys the signatures. */
export const observe = (event: Event, texts: readonly ObservedText[], seed: number): Observation | undefined => {
  if (event.source === "self-test" || event.source === "probe") return undefined;
  const { body } = event;
  const isGateway = event.source === "gateway";
  const isWhole = !isGateway || isEnd(event);
  const confidence = Math.max(0, ...ATTACKS.map((attack) => Number(at(body, ["confidence", attack]) ?? 0) || 0));
  const stopped = STOPPED.has(String(body["verdict"])) || STOPPED.has(String(body["would"]));
  const texted = textsOf(event, texts, seed, stopped);
  const latencyMs = numberAt(body, "latencyMs");
  const addedMs = numberAt(body, "addedMs");
  const hasLatency = isWhole && latencyMs > 0;
  const categories = namesAt(body, "categories");
  const refused =
    texted.refused || (isWhole && (categories.includes("refusal") || body["finishReason"] === "content_filter"));
  const predicted = event.kind === "prediction" ? predictionOf(body, seed) : undefined;
  const isCall = isEnd(event) || MODEL_CALLS.has(event.kind);
  return {
    counts: {
      ...(isWhole && {
        events: 1,
        inputTokens: numberAt(body, "inputTokens"),
        outputTokens: numberAt(body, "outputTokens"),
      }),
      ...(isCall && { exchanges: 1 }),
      ...(isWhole && isFailure(body) && { errors: 1 }),
      ...(refused && { refusals: 1 }),
      ...(isWhole && STOPPED.has(String(body["verdict"])) && { blocks: 1 }),
      ...(isWhole && !stopped && confidence >= NEAR_FROM && { nearMisses: 1 }),
      ...((texted.sample ?? predicted?.sample) !== undefined && { prompts: 1 }),
      ...(hasLatency && { latencies: 1, latencyLog: Math.log1p(latencyMs), addedLog: Math.log1p(addedMs) }),
    },
    values: isBeginning(event) ? instructionsOf(texts, seed) : isWhole ? valuesOf(event) : [],
    timing: hasLatency
      ? [numberCell("latencyMs", latencyMs), ...(isGateway ? [numberCell("addedMs", addedMs)] : [])]
      : [],
    cells: [
      ...texted.cells,
      ...(predicted?.cells ?? []),
      ...(isEnd(event) ? [numberCell("injection.score", confidence)] : []),
      ...(isWhole && numberAt(body, "inputTokens") > 0
        ? [numberCell("input.tokens", numberAt(body, "inputTokens"))]
        : []),
      ...(isWhole && numberAt(body, "outputTokens") > 0
        ? [numberCell("output.tokens", numberAt(body, "outputTokens"))]
        : []),
    ],
    ...sampleOf(texted.sample ?? predicted?.sample),
  };
};

const sampleOf = (sample: number | undefined) => (sample === undefined ? {} : { sample });

const FAILURES: ReadonlySet<string> = new Set<ExchangeState>(FAILED_STATES);
const isFailure = (body: Event["body"]): boolean =>
  body["outcome"] === "failure" ||
  FAILURES.has(String(body["state"])) ||
  (typeof body["status"] === "number" && body["status"] >= 500);

/** The newest words of the user, and what the model said: earlier turns were counted when they were new. */
const textsOf = (event: Event, texts: readonly ObservedText[], seed: number, stopped: boolean) => {
  const isAsking = isBeginning(event) || event.source !== "gateway";
  const prompt = isAsking ? texts.findLast(({ provenance }) => provenance === "user") : undefined;
  const answer = isBeginning(event) ? undefined : texts.findLast(({ provenance }) => provenance === "model");
  const asked = prompt?.text === undefined ? undefined : inputFeatures(prompt.text, prompt.length, seed);
  const said = answer?.text === undefined ? undefined : outputFeatures(answer.text, answer.length, seed);
  const lengths = [
    ...(prompt !== undefined && asked === undefined ? [numberCell("input.length", prompt.length)] : []),
    ...(answer !== undefined && said === undefined ? [numberCell("output.length", answer.length)] : []),
  ];
  const outcome = stopped ? OUTCOMES.stopped : said?.refusal === true ? OUTCOMES.refused : OUTCOMES.allowed;
  return {
    cells: [...(asked?.cells ?? []), ...(said?.cells ?? []), ...lengths],
    refused: said?.refusal === true,
    sample: asked?.signature === undefined ? undefined : packSample({ signature: asked.signature, outcome }),
  };
};

const DIGEST_UNITS = 12;

/** What a route tells its model: a new one is a change that drift may come from. */
const instructionsOf = (texts: readonly ObservedText[], seed: number): readonly string[] => {
  const digests = (provenance: Provenance) =>
    texts.flatMap((one) => (one.provenance === provenance && one.digest !== undefined ? [one.digest] : []));
  const system = digests("system")[0] ?? digests("developer")[0];
  const tools = digests("tool-description");
  return [
    ...(system === undefined ? [] : [`prompt=${system.slice(0, DIGEST_UNITS)}`]),
    ...(tools.length === 0 ? [] : [`toolset=${hash32(tools.toSorted().join(), seed).toString(16).padStart(8, "0")}`]),
  ];
};

const FINGERPRINTS = [
  "system_fingerprint",
  "gen_ai.response.system_fingerprint",
  "gen_ai.openai.response.system_fingerprint",
];

const ACCESS_OF_KIND: Readonly<Record<string, string>> = {
  "vector.search": "read",
  "vector.upsert": "write",
  "vector.delete": "delete",
};
const ACCESS_OF_COMMAND: Readonly<Record<string, string>> = {
  SELECT: "read",
  INSERT: "write",
  UPDATE: "write",
  MERGE: "write",
  COPY: "write",
  DELETE: "delete",
  TRUNCATE: "delete",
};

/** What was done to the data of a database, where that is known. */
const accessOf = ({ kind, body }: Event): readonly string[] => {
  const [command = ""] = nameAt(body, "action");
  const access = ACCESS_OF_KIND[kind] ?? (kind === "db.query" ? ACCESS_OF_COMMAND[command.toUpperCase()] : undefined);
  return access === undefined ? [] : [access];
};

const valuesOf = (event: Event): readonly string[] => {
  const { body } = event;
  const country = COUNTRY_PATHS.map((path) => at(body, path)).find(
    (value) => typeof value === "string" && value !== "",
  );
  const named: readonly (readonly [string, readonly string[]])[] = [
    ["tool", [...namesAt(body, "tools"), ...nameAt(body, "tool")]],
    ["model", event.model === undefined || event.model === "" ? [] : [event.model]],
    ["access", accessOf(event)],
    ["fingerprint", FINGERPRINTS.flatMap((name) => nameAt(body, name))],
    ["host", nameAt(body, "host")],
    ["network", nameAt(body, "address").map(networkOf)],
    ["country", typeof country === "string" ? [country] : []],
    ["route", event.route === undefined || event.route === "" ? [] : [event.route]],
    ["agent", event.agent === undefined || event.agent === "" ? [] : [event.agent]],
  ];
  return [
    ...new Set(
      named.flatMap(([feature, values]) => values.map((value) => `${feature}=${value.slice(0, NAME_UNITS_MAX)}`)),
    ),
  ];
};

/** A classical model's prediction (source `predictions`): `features` by name, `prediction`, `score` from 0 to 1. */
const predictionOf = (body: Event["body"], seed: number) => {
  const given = body["features"];
  const all = typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
  const features = all.slice(0, FEATURES_MAX).flatMap(([name, value]): [string, number | string][] => {
    if (typeof value === "number" && Number.isFinite(value)) return [[name, value]];
    if (typeof value === "string") return [[name, value.slice(0, NAME_UNITS_MAX)]];
    return typeof value === "boolean" ? [[name, String(value)]] : [];
  });
  const { prediction, score } = body;
  const confidence = typeof score === "number" && score >= 0 && score <= 1 ? score : undefined;
  const label = typeof prediction === "string" || typeof prediction === "boolean" ? String(prediction) : undefined;
  const signature = featureSignature(features, seed);
  const outcome = OUTCOMES.firstLabel + (label === undefined ? 0 : hash32(label, seed) % LABELS);
  return {
    cells: [
      ...features.map(([name, value]) =>
        typeof value === "number" ? numberCell(`feature.${name}`, value) : nameCell(`feature.${name}`, value),
      ),
      ...(label === undefined ? [] : [nameCell("prediction.label", label)]),
      ...(typeof prediction === "number" ? [numberCell("prediction.value", prediction)] : []),
      ...(confidence === undefined ? [] : [numberCell("score", confidence)]),
    ],
    sample:
      signature === undefined
        ? undefined
        : packSample({ signature, outcome, confidence: confidence === undefined ? undefined : confidence * 10 }),
  };
};
