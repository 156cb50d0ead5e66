import type { LogSourceBinding } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRule, DEFAULT_BINDINGS, loadRules } from "./index.ts";

const BINDINGS: readonly LogSourceBinding[] = [
  ...DEFAULT_BINDINGS,
  { logsource: { product: "aws", service: "cloudtrail" }, source: "cloudtrail" },
  { logsource: { category: "application", product: "kubernetes", service: "audit" }, source: "kubernetes-audit" },
  { logsource: { category: "process_creation", product: "linux" }, source: "tetragon", kinds: ["process.exec"] },
  { logsource: { category: "process_creation", product: "linux" }, source: "falco", kinds: ["process.*"] },
];

const load = (text: string) => loadRules([{ path: "t.yml", text }], BINDINGS);
const hits = (text: string, event: Readonly<Record<string, unknown>>): readonly string[] => {
  const { set, diagnostics } = load(text);
  expect(diagnostics).toEqual([]);
  return set.hits(event).map(({ key }) => key);
};

// Written in the manner of public rules: their attributes, their log sources, their field names.
const CLOUDTRAIL = `title: Trail Logging Stopped
id: 0d7a3c52-51c1-4a6d-8f2d-2f0f5b9c1a01
status: test
description: Detects that a trail was stopped or deleted
references:
    - https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
author: somebody
date: 2024-01-11
modified: 2024-07-10
tags:
    - attack.defense-evasion
    - attack.t1562.008
logsource:
    product: aws
    service: cloudtrail
detection:
    selection_source:
        eventSource: 'cloudtrail.amazonaws.com'
        eventName:
            - 'StopLogging'
            - 'DeleteTrail'
    filter_main_role:
        userIdentity.arn|contains: ':assumed-role/ops-'
    condition: selection_source and not 1 of filter_main_*
falsepositives:
    - Valid changes
level: medium
`;
const KUBERNETES = `title: Exec Into Pod
id: 0d7a3c52-51c1-4a6d-8f2d-2f0f5b9c1a02
status: experimental
description: Detects an interactive shell in a pod
tags: [attack.execution, attack.t1609]
logsource:
    category: application
    product: kubernetes
    service: audit
detection:
    selection:
        verb: 'create'
        objectRef.resource: 'pods'
        objectRef.subresource: 'exec'
    condition: selection
level: medium
`;
const LINUX = `title: Download With Curl
id: 0d7a3c52-51c1-4a6d-8f2d-2f0f5b9c1a03
status: test
logsource:
    category: process_creation
    product: linux
detection:
    selection_img:
        Image|endswith: '/curl'
    selection_cli:
        CommandLine|contains|all|windash:
            - ' -o '
            - 'http'
    condition: all of selection_*
level: low
`;

describe("rules of other products", () => {
  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    [
      CLOUDTRAIL,
      {
        source: "cloudtrail",
        kind: "api.call",
        body: {
          eventSource: "cloudtrail.amazonaws.com",
          eventName: "StopLogging",
          userIdentity: { arn: "arn:aws:iam::1:user/x" },
        },
      },
      true,
    ],
    [
      CLOUDTRAIL,
      {
        source: "cloudtrail",
        kind: "api.call",
        body: {
          eventSource: "cloudtrail.amazonaws.com",
          eventName: "StopLogging",
          userIdentity: { arn: "arn:aws:sts::1:assumed-role/ops-x/y" },
        },
      },
      false,
    ],
    [
      CLOUDTRAIL,
      { source: "okta", kind: "api.call", body: { eventSource: "cloudtrail.amazonaws.com", eventName: "StopLogging" } },
      false,
    ],
    [
      KUBERNETES,
      {
        source: "kubernetes-audit",
        kind: "api.request",
        body: { verb: "create", objectRef: { resource: "pods", subresource: "exec" } },
      },
      true,
    ],
    [
      LINUX,
      { source: "tetragon", kind: "process.exec", body: { Image: "/usr/bin/curl", CommandLine: "curl -o x http://h" } },
      true,
    ],
    [
      LINUX,
      { source: "falco", kind: "process.rule", body: { Image: "/usr/bin/curl", CommandLine: "curl /o x http://h" } },
      true,
    ],
    [
      LINUX,
      { source: "tetragon", kind: "process.exit", body: { Image: "/usr/bin/curl", CommandLine: "curl -o x http://h" } },
      false,
    ],
  ])("load unchanged and hold for their sources only", (text, event, expected) => {
    expect(hits(text, event).length).toBe(expected ? 1 : 0);
  });
});

test("a pipeline gives a rule's fields their names here, all of them in turn, and leaves other log sources alone", () => {
  const pipeline = `name: ours
priority: 10
transformations:
  - type: field_name_mapping
    mapping: { Image: [process, exe], CommandLine: cmd }
    rule_conditions: [{ type: logsource, product: linux }]
  - type: add_condition
    conditions: { host: web }
    rule_conditions: [{ type: logsource, product: linux }]
`;
  const body = { exe: "/usr/bin/curl", cmd: "curl -o x http://h", host: "web" };
  const both = `${LINUX}---\n${pipeline}---\n${KUBERNETES}`;
  expect(hits(both, { source: "tetragon", kind: "process.exec", body }).length).toBe(1);
  expect(hits(both, { source: "tetragon", kind: "process.exec", body: { ...body, host: "db" } }).length).toBe(0);
  const audit = { verb: "create", objectRef: { resource: "pods", subresource: "exec" } };
  expect(hits(both, { source: "kubernetes-audit", kind: "api.request", body: audit }).length).toBe(1);
});

test("a filter leaves out what it names, for the rules that it names", () => {
  const filter = `title: Known image
logsource: { product: linux, category: process_creation }
filter:
  rules: [0d7a3c52-51c1-4a6d-8f2d-2f0f5b9c1a03]
  known: { pod: build }
  condition: not known
`;
  const body = { Image: "/usr/bin/curl", CommandLine: "curl -o x http://h", pod: "build" };
  expect(hits(`${LINUX}---\n${filter}`, { source: "tetragon", kind: "process.exec", body })).toEqual([]);
  expect(
    hits(`${LINUX}---\n${filter}`, { source: "tetragon", kind: "process.exec", body: { ...body, pod: "x" } }).length,
  ).toBe(1);
});

test("an unknown transformation is an error with its line, and the rules still load", () => {
  const { set, diagnostics } = load(
    `${LINUX}---\nname: p\ntransformations:\n  - type: field_name_maping\n    mapping: {}\n`,
  );
  expect(diagnostics).toMatchObject([{ level: "error", file: "t.yml", line: 19 }]);
  expect(set.rules.length).toBe(1);
});

test("the index answers as asking every rule does", () => {
  const words = fc.constantFrom("a", "B", "b", "4", "04", "x y", "", "abc", "xABCd", "ΑΣΒ", "ΑΣΒΓ", "abc*d");
  const value = fc.oneof(words, fc.constantFrom(4, 0, 1.5), fc.boolean());
  const entry = fc.tuple(
    fc.constantFrom("f", "g", "h.i", "principal"),
    fc.constantFrom("", "", "|contains", "|all", "|neq", "|cased", "|exists", "|gte"),
    fc.array(value, { minLength: 1, maxLength: 3 }),
  );
  const selection = fc
    .array(entry, { minLength: 1, maxLength: 3 })
    .map((entries) =>
      Object.fromEntries(
        entries.map(([field, modifier, values]) => [
          `${field}${modifier}`,
          modifier === "|exists" ? true : modifier === "|gte" ? 1 : values,
        ]),
      ),
    );
  const rule = fc.record({
    selections: fc.tuple(selection, fc.oneof(selection, fc.array(selection, { minLength: 1, maxLength: 2 }))),
    condition: fc.constantFrom(
      "a",
      "a and b",
      "a or b",
      "not a",
      "1 of them",
      "all of them",
      "a and not b",
      "2 of them",
    ),
    logsource: fc.constantFrom("{product: aws}", "{product: linux}", "{category: process_creation}"),
  });
  const event = fc.record({
    source: fc.constantFrom("cloudtrail", "tetragon", "falco", "other"),
    kind: fc.constantFrom("process.exec", "process.exit"),
    principal: words,
    body: fc.record(
      { f: fc.oneof(value, fc.array(value, { maxLength: 3 })), g: value, h: fc.record({ i: value }) },
      { requiredKeys: [] },
    ),
  });
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 12 }),
      fc.array(event, { minLength: 1, maxLength: 10 }),
      (rules, events) => {
        const text = rules
          .map(({ selections: [a, b], condition, logsource }, index) =>
            [
              `title: R${index}`,
              `name: r${index}`,
              `logsource: ${logsource}`,
              "detection:",
              `  a: ${JSON.stringify(a)}`,
              `  b: ${JSON.stringify(b)}`,
              `  condition: ${condition}`,
            ].join("\n"),
          )
          .join("\n---\n");
        const { set } = load(text);
        const sources: Readonly<Record<string, readonly string[]>> = {
          "{product: aws}": ["cloudtrail"],
          "{product: linux}": ["tetragon", "falco"],
          "{category: process_creation}": ["tetragon", "falco"],
        };
        for (const each of events) {
          const plain = set.rules.filter((one, index) => {
            const wanted = sources[rules[Number(one.key.slice(1))]?.logsource ?? ""] ?? [];
            const bound =
              wanted.includes(each.source) &&
              (each.source === "falco" || each.source === "cloudtrail" || each.kind === "process.exec");
            return index >= 0 && bound && compileRule(one)(each);
          });
          expect(set.hits(each).map(({ key }) => key)).toEqual(plain.map(({ key }) => key));
        }
      },
    ),
    { numRuns: 150 },
  );
});
