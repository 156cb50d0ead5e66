import { createHmac } from "node:crypto";
import { EvidenceLeaf, SpoolRecord } from "@parapet/model";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { clip } from "./clip.ts";
import { LEAF_BYTES_MAX, subjectOf, toLeaf, type SubjectHasher } from "./leaf.ts";
import { faultOfForm } from "./verify/canonical.ts";

const keys: SubjectHasher = {
  hmac: (subject, value) => createHmac("sha256", `key of ${subject}`).update(value).digest("base64url"),
};
const id = "019a0000-0000-7000-8000-000000000001";
const exchange = "019a0000-0000-7000-8000-000000000002";
const time = "2026-01-01T00:00:00.000Z";
const verdict = {
  action: "block",
  would: "block",
  policy: "p",
  policies: [{ id: "p", action: "block", severity: "high", message: "No." }],
  policyVersion: "v1",
};
const origin = {
  tenant: "default",
  exchange,
  route: "assistant",
  protocol: "openai",
  endpoint: "POST /chat/completions",
  model: "gpt-4o-mini",
  session: "session of jane",
  sessionSource: "header",
  principal: "user:jane.doe",
  key: id,
  agent: "agent of jane",
  user: "jane.doe",
  address: "203.0.113.77",
  node: "gateway-1",
  boot: "boot-1",
  streamed: false,
};
const segment = {
  index: 0,
  direction: "request",
  pointer: "/messages/0/content",
  role: "user",
  provenance: "user",
  text: "my name is Jane Doe",
  length: 19,
  digest: "ab".repeat(16),
};
const match = {
  detector: "personal-data",
  category: "personal_data",
  type: "NAME",
  confidence: 0.9,
  severity: "low",
  segment: 0,
  start: 11,
  end: 19,
  reason: "a name: Jane Doe",
  provenance: "user",
  direction: "request",
  clues: [{ text: "Jane Doe", weight: 1, why: "name" }],
};
const receipt = { detectors: ["a@1", "b@1"], segments: [[0, "iu"]], reasons: [[0, 1, "too long"]], parts: [] };
const opened = {
  kind: "opened",
  schemaVersion: 1,
  id,
  time,
  origin,
  segments: [segment],
  matches: [match],
  receipt,
  verdict,
};
const audit = {
  kind: "audit",
  schemaVersion: 1,
  id,
  time,
  tenant: "default",
  type: "user.created",
  actor: "user:jane.doe",
  address: "203.0.113.77",
  target: "john.smith",
  outcome: "success",
  detail: { name: "John Smith" },
};

const leafOf = (record: unknown) => {
  const leaf = toLeaf(SpoolRecord.parse(record), keys);
  return { ...leaf, value: EvidenceLeaf.parse(JSON.parse(Buffer.from(leaf.bytes).toString())) };
};

test("a leaf says what AU-3 asks for", () => {
  const { value, ...leaf } = leafOf(opened);
  expect(leaf).toMatchObject({ id, exchange });
  expect(value).toMatchObject({
    type: "exchange.opened",
    time,
    place: { node: "gateway-1", route: "assistant", tenant: "default" },
    outcome: { state: "open", action: "block", would: "block", policies: ["p"], policyVersion: "v1" },
    identities: { key: id, model: "gpt-4o-mini" },
    counts: { segments: 1, policies: 1, personal_data: 1, inspected: 1, unscannable: 1 },
  });
});

test.each([
  ["opened", opened],
  ["audit", audit],
])("an %s record's leaf holds no personal data in clear", (_, record) => {
  const text = Buffer.from(leafOf(record).bytes).toString().toLowerCase();
  for (const word of ["jane", "doe", "john", "smith", "203.0.113", "session of", "agent of", "my name"]) {
    expect(text).not.toContain(word);
  }
});

test("equal values in two fields do not look equal, and another subject's look different", () => {
  const same = { ...origin, session: "x", agent: "x" };
  const { value } = leafOf({ ...opened, origin: same });
  expect(value.identities.session).not.toBe(value.identities.agent);
  const other = leafOf({ ...opened, origin: { ...same, user: "mallory" } });
  expect(other.value.identities.session).not.toBe(value.identities.session);
});

test.each([
  ["the text", { segments: [{ ...segment, text: "my name is Jane Roe" }] }, "segments"],
  ["where the text stood", { segments: [{ ...segment, provenance: "system" }] }, "segments"],
  ["the content hash", { segments: [{ ...segment, digest: "cd".repeat(16) }] }, "segments"],
  ["a match's span", { matches: [{ ...match, end: 18 }] }, "matches"],
  ["a match's confidence", { matches: [{ ...match, confidence: 0.91 }] }, "matches"],
  ["the receipt", { receipt: { ...receipt, segments: [[0, "ii"]] } }, "receipt"],
  [
    "the sentence shown",
    { verdict: { ...verdict, policies: [{ ...verdict.policies[0], message: "Yes." }] } },
    "details",
  ],
  ["the endpoint", { origin: { ...origin, endpoint: "POST /embeddings" } }, "details"],
] as const)("changing %s changes its digest", (_, change, digest) => {
  expect(leafOf({ ...opened, ...change }).value.digests[digest]).not.toBe(leafOf(opened).value.digests[digest]);
});

test("quotations in a match's reason and clues are not part of its digest, which anybody can compute", () => {
  const plain = { ...match, reason: "a name", clues: undefined };
  expect(leafOf({ ...opened, matches: [plain] }).value.digests.matches).toBe(leafOf(opened).value.digests.matches);
});

test.each([
  ["policy.reloaded", "default-pack", "default-pack"],
  ["key.created", id, id],
  ["key.created", "jane", /^hmac:/],
  ["user.created", "john.smith", /^hmac:/],
  ["login", "john.smith", /^hmac:/],
  ["policy.reloaded", "Jane's policy", /^hmac:/],
  ["evidence.lost", "", ""],
])("the target of %s %j is written as %s", (type, target, expected) => {
  expect(leafOf({ ...audit, type, target }).value.target).toEqual(
    typeof expected === "string" ? expected : expect.stringMatching(expected),
  );
});

test.each([
  ["gpt-4o-mini", true],
  ["meta-llama/Llama-3.1-8B-Instruct", true],
  ["ft:gpt-4o:acme::abc123", true],
  ["jane@example.com", false],
  ["Jane Doe", false],
  ["x".repeat(129), false],
])("the model name %j is written in clear: %s", (model, isClear) => {
  const written = leafOf({ ...opened, origin: { ...origin, model } }).value.identities.model;
  expect(written).toEqual(isClear ? model : expect.stringMatching(/^hmac:/));
});

test("the subject is the end user when one is named, else who acted", () => {
  expect(subjectOf(SpoolRecord.parse(opened))).toEqual({ tenant: "default", subject: "user:jane.doe" });
  expect(
    subjectOf(SpoolRecord.parse({ ...opened, origin: { ...origin, user: undefined, principal: "key:1" } })),
  ).toMatchObject({ subject: "key:1" });
  expect(subjectOf(SpoolRecord.parse(audit))).toEqual({ tenant: "default", subject: "user:jane.doe" });
});

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc
    .constantFrom("\u0000", "\ud800", "\\ud800", "\\\ud800", "\udfff\ud800", '"', "é", "€", "😀", "__proto__")
    .chain((unit) => fc.nat({ max: 6_000 }).map((times) => unit.repeat(times))),
);
const nastyVerdict = fc.record({
  action: fc.constant("throttle"),
  would: fc.constant("throttle"),
  policies: fc.array(
    fc.record({ id: nasty, action: fc.constant("block"), severity: fc.constant("high"), message: nasty }),
    { maxLength: 30 },
  ),
  policyVersion: nasty,
});

test("no record, however long or odd its fields, makes a leaf over 4 KB or out of canonical form", () => {
  const record = fc.record({
    schemaVersion: fc.constant(1),
    id: fc.constant(id),
    time: fc.constant(time),
    kind: fc.constant("opened"),
    origin: fc
      .record({
        route: nasty,
        protocol: nasty,
        endpoint: nasty,
        model: nasty,
        session: nasty,
        principal: nasty,
        key: nasty,
        agent: nasty,
        user: nasty,
        address: nasty,
        node: nasty,
      })
      .map((fields) => ({ ...origin, ...fields })),
    segments: fc.array(
      nasty.map((text) => ({ ...segment, text, pointer: text, role: text })),
      { maxLength: 3 },
    ),
    matches: fc.array(
      nasty.map((type) => ({ ...match, type, detector: type })),
      { maxLength: 3 },
    ),
    receipt: nasty.map((reason) => ({ ...receipt, detectors: [reason, reason], reasons: [[0, 0, reason]] })),
    verdict: nastyVerdict,
  });
  fc.assert(
    fc.property(record, (value) => {
      const leaf = leafOf(value);
      expect(leaf.bytes.length).toBeLessThanOrEqual(LEAF_BYTES_MAX);
      expect(faultOfForm(leaf.bytes)).toBeUndefined();
      expect(leaf.value.counts["policies"]).toBe(value.verdict.policies.length);
      expect(leafOf(value).bytes).toEqual(leaf.bytes);
    }),
    { numRuns: 150 },
  );
});

test("no audit record, however long or odd its fields, makes a leaf over 4 KB or out of canonical form", () => {
  fc.assert(
    fc.property(
      nasty,
      nasty,
      nasty,
      nasty,
      fc.dictionary(nasty, fc.jsonValue()),
      (type, actor, target, address, detail) => {
        const { bytes } = leafOf({ ...audit, type, actor, target, address, detail });
        expect(bytes.length).toBeLessThanOrEqual(LEAF_BYTES_MAX);
        expect(faultOfForm(bytes)).toBeUndefined();
      },
    ),
    { numRuns: 150 },
  );
});

test("clipped texts fit, stay as they are when they fit, and stay apart when they are cut", () => {
  fc.assert(
    fc.property(nasty, fc.integer({ min: 40, max: 200 }), (text, bytesMax) => {
      const clipped = clip(text, bytesMax);
      expect(Buffer.byteLength(JSON.stringify(clipped)) - 2).toBeLessThanOrEqual(bytesMax);
      if (Buffer.byteLength(JSON.stringify(text.toWellFormed())) - 2 <= bytesMax)
        expect(clipped).toBe(text.toWellFormed());
      else expect(clip(`${text}.`, bytesMax)).not.toBe(clipped);
    }),
  );
});
