import type { AnomalyKind, DriftSide, Severity, TheftSign } from "@parapet/model";

interface Words {
  readonly severity: Severity;
  readonly title: string;
  readonly tags: readonly string[];
  readonly triage: string;
}

const LOOK = "1. On the Behaviour page, read the series with its band, and the changes marked on it.";
const ACCEPT = "3. If it is how things are from now on, accept it on the Behaviour page: the baseline is learned anew.";

/** Rule `behaviour.<kind>`: what its finding is called, and what to do first. */
export const ANOMALY_WORDS: Readonly<Record<AnomalyKind, Words>> = {
  volume: {
    severity: "medium",
    title: "does far more than it ordinarily does",
    tags: ["owasp.llm10-2025", "atlas.aml.t0034"],
    triage: [
      LOOK,
      "2. Is a new job or release behind it? If nobody knows of one, limit or revoke its key.",
      ACCEPT,
    ].join("\n"),
  },
  tokens: {
    severity: "medium",
    title: "uses far more tokens than it ordinarily does",
    tags: ["owasp.llm10-2025", "atlas.aml.t0034"],
    triage: [
      LOOK,
      "2. Look at its longest exchanges: a loop of an agent, a walk through documents, or somebody spending your money.",
      ACCEPT,
    ].join("\n"),
  },
  latency: {
    severity: "low",
    title: "is answered far more slowly than ordinarily",
    tags: ["atlas.aml.t0029"],
    triage: [LOOK, "2. Is the provider slow for everybody, or are these prompts made to be expensive?", ACCEPT].join(
      "\n",
    ),
  },
  errors: {
    severity: "low",
    title: "has far more errors than ordinarily",
    tags: [],
    triage: [
      LOOK,
      "2. Look at its failed exchanges: an outage, an expired credential, or somebody trying doors.",
      ACCEPT,
    ].join("\n"),
  },
  refusals: {
    severity: "medium",
    title: "is refused by the model far more often than ordinarily",
    tags: ["atlas.aml.t0054", "owasp.llm01-2025"],
    triage: [LOOK, "2. Read what was refused: somebody may be feeling for the model's limits.", ACCEPT].join("\n"),
  },
  blocks: {
    severity: "medium",
    title: "is stopped by policy far more often than ordinarily",
    tags: ["atlas.aml.t0051", "owasp.llm01-2025"],
    triage: [LOOK, "2. Read the stopped exchanges: an attack, or a policy that does not fit this caller.", ACCEPT].join(
      "\n",
    ),
  },
  "near-misses": {
    severity: "high",
    title: "comes close to being stopped far more often than ordinarily",
    tags: ["atlas.aml.t0051", "atlas.aml.t0054", "owasp.llm01-2025"],
    triage: [
      LOOK,
      "2. Read its exchanges with the highest injection confidence: attempts that are being refined pass in the end.",
      ACCEPT,
    ].join("\n"),
  },
  "first-seen": {
    severity: "medium",
    title: "does something that it never did",
    tags: ["atlas.aml.t0053"],
    triage: [
      LOOK,
      "2. Was this tool, model, host, place or hour agreed with its owner? If not, stop its key until it is.",
      ACCEPT,
    ].join("\n"),
  },
  similarity: {
    severity: "medium",
    title: "asks many near-duplicates",
    tags: ["atlas.aml.t0040"],
    triage: [
      LOOK,
      "2. Read some of the prompts side by side: what changes from one to the next is what is being tried.",
      ACCEPT,
    ].join("\n"),
  },
  creep: {
    severity: "medium",
    title: "has grown little by little beyond its reference",
    tags: ["atlas.aml.t0020"],
    triage: [
      LOOK,
      "2. Growth of a business is steady and known; growth that nobody can name teaches a monitor to look away.",
      ACCEPT,
    ].join("\n"),
  },
};

export const DRIFT_WORDS: Readonly<Record<DriftSide, Words>> = {
  input: {
    severity: "low",
    title: "is asked other things than before",
    tags: ["atlas.aml.t0020"],
    triage: [
      "1. On the Behaviour page, read what changed, and the change nearest before it.",
      "2. New users or a new use are harmless; a shift that nobody planned may be probing, poisoning, or a broken feed.",
      "3. Resolve the finding to take the new distribution as the reference.",
    ].join("\n"),
  },
  output: {
    severity: "medium",
    title: "answers differently than before",
    tags: ["atlas.aml.t0018", "owasp.llm04-2025"],
    triage: [
      "1. On the Behaviour page, read what changed, and the change nearest before it.",
      "2. If it follows a fine-tune, deployment or prompt: compare with the version before, and go back if it was not meant.",
      "3. If nothing is known before it, the provider may have changed the model: run a probe.",
      "4. Resolve the finding to take the new distribution as the reference.",
    ].join("\n"),
  },
  score: {
    severity: "medium",
    title: "scores differently than before",
    tags: ["atlas.aml.t0018", "atlas.aml.t0043"],
    triage: [
      "1. On the Behaviour page, read what changed, and the change nearest before it.",
      "2. Scores that all rise or fall point to the model; scores that gather at a threshold point to somebody who works at it.",
      "3. Resolve the finding to take the new distribution as the reference.",
    ].join("\n"),
  },
};

export const THEFT_WORDS: Readonly<Record<TheftSign["kind"], Words>> = {
  extraction: {
    severity: "high",
    title: "asks as one does who copies a model",
    tags: ["atlas.aml.t0024.002", "owasp.llm10-2025"],
    triage: [
      "1. Who is it, and is a bulk job known? If not, put a rate limit on its key now: each answer is part of the copy.",
      "2. Read a sample of its prompts: breadth without a purpose is the sign.",
      "3. Ask what its answers were used for.",
    ].join("\n"),
  },
  inversion: {
    severity: "high",
    title: "asks as one does who draws training data out of a model",
    tags: ["atlas.aml.t0024.000", "atlas.aml.t0024.001"],
    triage: [
      "1. Stop giving it confidences: a label alone tells far less.",
      "2. Limit its key, and find out whose records the near-duplicates circle around.",
      "3. If they are a person's, treat it as a disclosure of personal data.",
    ].join("\n"),
  },
  boundary: {
    severity: "high",
    title: "feels along a decision boundary",
    tags: ["atlas.aml.t0042", "atlas.aml.t0043"],
    triage: [
      "1. Limit its key: the next step is an input that crosses the boundary on purpose.",
      "2. Read the pairs that were answered differently: they show what is being worked at.",
      "3. Let decisions near the boundary go to a person for a while.",
    ].join("\n"),
  },
};

export const PROBE_WORDS: Words = {
  severity: "medium",
  title: "answers a probe's fixed prompts otherwise than before",
  tags: ["atlas.aml.t0018", "owasp.llm03-2025"],
  triage: [
    "1. Was the model, its version or its provider changed on purpose? Then resolve the finding: the next runs are compared with the new one.",
    "2. If not, ask the provider; pin a dated version where it offers one.",
    "3. Run your own tests of quality and safety before you rely on it further.",
  ].join("\n"),
};
const TABLES: readonly (readonly [string, Readonly<Record<string, Words>>])[] = [
  ["behaviour", ANOMALY_WORDS],
  ["drift", { ...DRIFT_WORDS, probe: PROBE_WORDS }],
  ["theft", THEFT_WORDS],
];

/** Every rule under which behaviour makes findings, with what it stands for. */
export const BEHAVIOUR_RULES: readonly {
  readonly rule: string;
  readonly title: string;
  readonly tags: readonly string[];
}[] = TABLES.flatMap(([family, table]) =>
  Object.entries(table).map(([kind, { title, tags }]) => ({
    rule: `${family}.${kind}`,
    title: `Somebody ${title}`,
    tags,
  })),
);
