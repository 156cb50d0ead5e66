import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CoverageSignal, CoverageSource, Framework } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { computeCoverage, effortOf, loadFrameworks } from "./index.ts";

const framework: Framework = {
  id: "f",
  title: "F",
  version: "1",
  reference: "https://example.org",
  tag: "f",
  groups: [{ id: "g", name: "G" }],
  items: [
    { id: "t1", name: "whole", groups: ["g"] },
    { id: "t1.001", name: "part", groups: ["g"] },
    { id: "t2", name: "second", groups: ["g"] },
    { id: "t3", name: "elsewhere", groups: ["g"], outside: "where the attacker is" },
  ],
};
const signal = (id: string, tags: string[], sources: string[]): CoverageSignal => ({ id, title: id, tags, sources });
const source = (id: string, events: number, effort = 2): CoverageSource => ({ id, title: id, effort, events });
const statesOf = (signals: readonly CoverageSignal[], sources: readonly CoverageSource[]) =>
  Object.fromEntries(computeCoverage([framework], signals, sources).items.map(({ id, state }) => [id, state]));

describe("coverage", () => {
  test.each<[string, CoverageSignal[], CoverageSource[], Record<string, string>]>([
    ["without signals nothing is watched", [], [source("s", 9)], { t1: "unwatched", t2: "unwatched", t3: "outside" }],
    [
      "a signal with a live source",
      [signal("r", ["f.t2"], ["s"])],
      [source("s", 1)],
      { t2: "covered", t1: "unwatched" },
    ],
    ["a signal whose source is silent", [signal("r", ["f.t2"], ["s"])], [source("s", 0)], { t2: "blind" }],
    [
      "any one source is enough",
      [signal("r", ["f.t2"], ["a", "s"])],
      [source("s", 1), source("a", 0)],
      { t2: "covered" },
    ],
    [
      "one of two signals",
      [signal("r", ["f.t2"], ["s"]), signal("q", ["f.t2"], ["a"])],
      [source("s", 1), source("a", 0)],
      { t2: "partial" },
    ],
    [
      "a part covers the whole",
      [signal("r", ["F.T1.001"], ["s"])],
      [source("s", 1)],
      { t1: "covered", "t1.001": "covered" },
    ],
    [
      "the whole does not cover a part",
      [signal("r", ["f.t1"], ["s"])],
      [source("s", 1)],
      { t1: "covered", "t1.001": "unwatched" },
    ],
    ["a longer id is not a part", [signal("r", ["f.t11"], ["s"])], [source("s", 1)], { t1: "unwatched" }],
    ["a source that nobody knows is none", [signal("r", ["f.t2"], ["s"])], [], { t2: "blind" }],
    [
      "what was thought outside may be seen after all",
      [signal("r", ["f.t3"], ["s"])],
      [source("s", 1)],
      { t3: "covered" },
    ],
  ])("%s", (_, signals, sources, expected) => {
    expect(statesOf(signals, sources)).toMatchObject(expected);
  });

  test("a blind one names the cheapest source, and sources are proposed by what they close for their effort", () => {
    const { items, next } = computeCoverage(
      [framework],
      [signal("r", ["f.t1.001"], ["dear", "cheap"]), signal("q", ["f.t2"], ["dear"])],
      [source("dear", 0, 3), source("cheap", 0, 1), source("other", 0, 1), source("live", 5, 1)],
    );
    expect(items.find(({ id }) => id === "t1")?.closedBy).toEqual({ source: "cheap", effort: 1 });
    expect(next).toEqual([
      { source: "cheap", effort: 1, closes: ["f.t1", "f.t1.001"] },
      { source: "dear", effort: 3, closes: ["f.t1", "f.t1.001", "f.t2"] },
    ]);
  });
});

const FOLDER = join(import.meta.dirname, "../../../frameworks");

describe("the frameworks that ship", () => {
  const files = readdirSync(FOLDER).map((path) => ({ path, text: readFileSync(join(FOLDER, path), "utf8") }));
  const { frameworks, diagnostics } = loadFrameworks(files);

  test("are read without complaint, their items in groups that there are, each once", () => {
    expect(diagnostics).toEqual([]);
    expect(frameworks.map(({ id }) => id).toSorted()).toEqual(["atlas", "owasp"]);
    for (const { items, groups } of frameworks) {
      const known = new Set(groups.map(({ id }) => id));
      expect(items.flatMap((item) => item.groups).filter((group) => !known.has(group))).toEqual([]);
      expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    }
  });

  test("a broken one is named with its line, and the others stay", () => {
    const result = loadFrameworks([{ path: "bad.yml", text: "id: x\ny: @" }, ...files]);
    expect(result.frameworks).toHaveLength(frameworks.length);
    expect(result.diagnostics).toEqual([expect.objectContaining({ file: "bad.yml", line: 2 })]);
  });
});

test("a source that nobody rated is as dear as any", () => {
  expect([effortOf("otlp"), effortOf("something-new")]).toEqual([1, 3]);
});
