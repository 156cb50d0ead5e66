import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CATEGORIES, DEFAULT_TENANT, FindingId, type SelfTestRun } from "@parapet/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeClock, silentLogger, uuidv7 } from "#platform";
import { openSqliteControlStore, type ControlStore } from "#storage";
import { Baseline, makeBaseline } from "./baseline.ts";
import { readCorpus } from "./corpus.ts";
import { laneFigures, wrongRow } from "./figures.ts";
import { SELF_TEST_RULE, updateFindings } from "./findings.ts";
import { findProblems, resultOf, type JudgeInput } from "./judge.ts";
import { runRow, type Sent } from "./run-lane.ts";
import { createScript } from "./script.ts";
import { createSelfTest, type SelfTestTools } from "./self-test.ts";
import { figures, lane, row, run, sent } from "./self-test.fixture.ts";

const CATALOGUE = [
  { id: "secrets", version: "1", categories: ["secret"] },
  { id: "other", version: "1", categories: ["jailbreak", "prompt_injection"] },
] as const;
const TARGET = { lane: "assistant", routes: ["assistant"], detectors: ["secrets", "other"], watchesCanary: true };

describe("the corpus", () => {
  test("a line that is not in form, or whose id is taken, is told by its place and left out", () => {
    const good = JSON.stringify({ ...row("one-a"), text: ["in ", "pieces"] });
    const { rows, diagnostics } = readCorpus([{ path: "x.jsonl", text: `${good}\n\n{\n${good}\n{"id":"two-a"}` }]);
    expect(rows.map(({ text }) => text)).toEqual(["in pieces"]);
    expect(diagnostics.map(({ line }) => line)).toEqual([3, 4, 5]);
  });

  test("its digest is of what it holds, not of how it is written", () => {
    const digest = (text: unknown): string =>
      readCorpus([{ path: "x", text: JSON.stringify({ ...row("one-a"), text }) }]).digest;
    expect(digest(["a", "b"])).toBe(digest("ab"));
    expect(digest("ab")).not.toBe(digest("ac"));
  });

  const folder = join(import.meta.dirname, "..", "..", "..", "self-test");
  const shipped = readCorpus(
    readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") })),
  );

  test("the shipped one is in form, and has attacks and look-alikes of each category it speaks of", () => {
    expect(shipped.diagnostics).toEqual([]);
    const spoken = new Set(shipped.rows.flatMap(({ categories }) => categories));
    // Internal names are the operator's own list; the others are measures and hints that nothing acts on by default.
    const unspoken: ReadonlySet<string> = new Set([
      "internal_name",
      "refusal",
      "unsafe_code",
      "requested_action",
      "goal_change",
      "unsafe_content",
    ]);
    expect([...spoken].sort()).toEqual(CATEGORIES.filter((name) => !unspoken.has(name)).toSorted());
    for (const category of spoken) {
      const labels = shipped.rows.filter(({ categories }) => categories.includes(category)).map(({ label }) => label);
      expect(new Set(labels).size, category).toBe(2);
    }
  });

  test("none of the shipped rows was trained on: a classifier that is asked what it learned says nothing of itself", () => {
    const corpus = join(folder, "..", "training", "corpus");
    const trained = readdirSync(corpus, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".jsonl") && !path.startsWith("held-out"))
      .map((path) => readFileSync(join(corpus, path), "utf8"));
    expect(trained.length).toBeGreaterThan(5);
    const known = trained.filter((text) => shipped.rows.some((one) => text.includes(JSON.stringify(one.text))));
    expect(known.length).toBe(0);
  });

  test("the shipped baseline was measured on the shipped rows", () => {
    const baseline = Baseline.parse(JSON.parse(readFileSync(join(folder, "baseline.json"), "utf8")));
    expect(baseline.corpus, "run `parapet self-test --write-baseline self-test/baseline.json`").toBe(shipped.digest);
  });
});

describe("the script", () => {
  const rows = [row("said-a", { channel: "answer", text: "It says: {{system prompt}}" })];
  const script = createScript(() => rows);
  const contentOf = (answer: unknown): string => JSON.stringify(answer);

  test("answers are labelled as scripted, and a row's answer comes to its cue only", () => {
    expect(contentOf(script.answer(JSON.parse(script.bodyOf(row("asked-a")))))).toContain(
      "scripted self-test upstream",
    );
    expect(contentOf(script.answer({ messages: [{ role: "user", content: "[self-test row nobody-a]" }] }))).toContain(
      "Noted.",
    );
    const said = rows[0] ?? row("none");
    expect(contentOf(script.answer(JSON.parse(script.bodyOf(said))))).toContain("It says: You are the help desk");
  });

  test.each([
    ["nothing", undefined],
    ["a list", []],
    ["messages of another kind", { messages: [1, { role: 5 }] }],
  ])("%s is answered, too", (_, request) => expect(contentOf(script.answer(request))).toContain("Noted."));

  test("each channel puts the text where its provenance is", () => {
    const body = (channel: "user" | "document" | "tool_output" | "tool_description"): string =>
      script.bodyOf(row("at-a", { channel, text: "THE TEXT" }));
    expect(JSON.parse(body("user")).messages.at(-1)).toEqual({ role: "user", content: "THE TEXT" });
    expect(JSON.parse(body("document")).messages.at(-1).role).toBe("tool");
    expect(JSON.parse(body("tool_output")).messages.at(-1).content).toBe("THE TEXT");
    expect(JSON.parse(body("tool_description")).tools[0].function.description).toBe("THE TEXT");
  });
});

describe("a row", () => {
  const script = createScript(() => []);
  const ofRow = (answer: Sent, one = row("one-a")) => runRow(one, script, TARGET, () => Promise.resolve(answer));

  test.each([
    ["what ended otherwise than completed or blocked", { state: "refused" }, /ended as refused with status 200/],
    [
      "a detector that failed",
      { receipt: { detectors: ["secrets@1"], segments: [[0, "f"]], reasons: [], parts: [] } },
      /failed: secrets@1/,
    ],
    ["what passed without inspection", { bypassed: 2 }, /2 parts passed/],
    ["what could not be read", { unscannable: 1 }, /1 parts could not be read/],
  ])("%s was not seen", async (_, change, why) => {
    expect((await ofRow(sent(["secret"], change))).unseen).toMatch(why);
  });

  test("a gateway that does not answer, or records nothing, was not seen", async () => {
    expect((await ofRow({ ...sent([]), records: [] })).unseen).toContain("nothing was recorded");
    const dead = await runRow(row("one-a"), script, TARGET, () => Promise.reject(new Error("connect ECONNREFUSED")));
    expect(dead.unseen).toContain("ECONNREFUSED");
  });

  test("an answer that carries the canary out was let through, and without a canary nothing is proven", async () => {
    const answerRow = row("said-a", { channel: "answer" });
    const planted = `pc-${"ab".repeat(10)}`;
    const asking = createScript(() => [answerRow]);
    expect((await runRow(answerRow, asking, TARGET, async () => sent([]))).unseen).toContain("planted no canary");
    asking.answer({ messages: [{ role: "system", content: `Secret: ${planted}` }] });
    expect((await runRow(answerRow, asking, TARGET, async () => sent([], {}, `so: ${planted}`))).unseen).toContain(
      "let a canary through",
    );
    expect((await runRow(answerRow, asking, TARGET, async () => sent([], {}, "no"))).unseen).toBe("");
    const unwatched = { watchesCanary: false };
    expect((await runRow(answerRow, asking, unwatched, async () => sent([], {}, `so: ${planted}`))).unseen).toBe("");
  });

  test("weak matches, and matches on the other side of the exchange, are none", async () => {
    const strong = sent(["secret"]);
    const [record] = strong.records;
    if (record === undefined) throw new Error("no record");
    const with_ = (change: object): Sent => ({
      ...strong,
      records: [{ ...record, matches: record.matches.map((match) => ({ ...match, ...change })) }],
    });
    expect((await ofRow(strong)).found.length).toBe(1);
    expect((await ofRow(with_({ confidence: 0.49 }))).found).toEqual([]);
    expect((await ofRow(with_({ direction: "response" }))).found).toEqual([]);
  });
});

describe("figures", () => {
  const outcome = (
    id: string,
    found: readonly ("secret" | "jailbreak" | "prompt_injection")[],
    change: object = {},
  ) => ({
    row: row(id, change),
    exchange: "e",
    found: found.map((category) => ({
      detector: category === "secret" ? "secrets" : "other",
      category,
      confidence: 0.9,
    })),
    acted: true,
    addedMs: 1,
    unseen: "",
  });
  const both = { categories: ["jailbreak", "prompt_injection"] };

  test("an attack is found by any of its categories and counts where it belongs; a look-alike is wrong wherever it is flagged", () => {
    const made = laneFigures(
      TARGET,
      [
        outcome("a-1", ["secret"]),
        outcome("a-2", ["jailbreak"]),
        outcome("a-3", ["prompt_injection"], both),
        outcome("b-1", ["prompt_injection"], { ...both, label: "benign" }),
        outcome("b-2", ["secret"], { ...both, label: "benign" }),
      ],
      CATALOGUE,
    );
    const of = (name: string) => made.categories.find((one) => one.name === name);
    expect(of("secret")).toMatchObject({ attacks: 2, found: 1, missed: ["a-2"], benign: 0, falsePositives: null });
    expect(of("jailbreak")).toMatchObject({ attacks: 1, found: 1, benign: 2, wrong: 0 });
    expect(of("prompt_injection")).toMatchObject({ attacks: 0, recall: null, benign: 2, wrong: 1, flagged: ["b-1"] });
    expect(made.acted).toBe(3);
  });

  test("what could not be seen is in no rate", () => {
    const unseen = { ...outcome("a-1", []), unseen: "the gateway did not answer" };
    const made = laneFigures(TARGET, [unseen, outcome("a-2", ["secret"])], CATALOGUE);
    expect(made).toMatchObject({ rows: 1, detectors: [{ name: "secrets", attacks: 1, found: 1 }] });
    expect(wrongRow("assistant", unseen)?.outcome).toBe("unseen");
  });

  test("a detector that is off is shown with what it does not find", () => {
    const made = laneFigures({ ...TARGET, detectors: ["other"] }, [outcome("a-1", [])], CATALOGUE);
    expect(made.detectors).toMatchObject([{ name: "secrets", on: false, recall: 0 }]);
  });
});

describe("the judgement", () => {
  const judged = (change: Partial<JudgeInput>) =>
    findProblems({
      corpus: "rows",
      lanes: [lane([figures("secrets")])],
      rows: [],
      history: [],
      baseline: undefined,
      settings: { fall: 0.05, rise: 0.03 },
      ...change,
    }).map(({ kind, name }) => `${kind} ${name}`);
  const baseline = makeBaseline(run());
  const found = (count: number) => [lane([figures("secrets", { found: count })])];
  const later = { startedAt: "2026-02-01T00:00:00.000Z" } as const;

  test("the run that a baseline was written from passes, and so does one that lost a single row", () => {
    for (const count of [20, 19]) expect(judged({ lanes: found(count), baseline })).toEqual([]);
    expect(judged({ lanes: found(18), baseline })).toEqual(["recall secrets"]);
  });

  test("false positives above the ceiling are a problem", () => {
    expect(judged({ lanes: [lane([figures("secrets", { wrong: 1 })])], baseline })).toEqual([]);
    expect(judged({ lanes: [lane([figures("secrets", { wrong: 2 })])], baseline })).toEqual([
      "false-positives secrets",
    ]);
  });

  test("a fall against the median of good runs is one without any baseline", () => {
    const history = [run(), run(), run()];
    expect(judged({ lanes: found(18), history })).toEqual(["recall secrets"]);
    expect(judged({ lanes: found(19), history })).toEqual([]);
    expect(judged({ lanes: [lane([figures("secrets", { wrong: 2 })])], history })).toEqual(["false-positives secrets"]);
  });

  test.each<[string, Partial<SelfTestRun>]>([
    ["that did not pass", { result: "degraded" }],
    ["on other rows", { corpus: { digest: "others", attacks: 1, benign: 1 } }],
  ])("runs %s are not compared with", (_, change) => {
    expect(judged({ lanes: found(10), history: [run(change)] })).toEqual([]);
  });

  test("a category is named only for rows that no named detector accounts for", () => {
    const low = (name: string, missed: string[]) => figures(name, { found: 10, missed });
    const both = (missed: string[]) => [
      { ...lane([low("secrets", ["a-1", "a-2"])]), categories: [low("secret", missed)] },
    ];
    const history = [run({ lanes: [{ ...lane([figures("secrets")]), categories: [figures("secret")] }] })];
    expect(judged({ lanes: both(["a-1"]), history })).toEqual(["recall secrets"]);
    expect(judged({ lanes: both(["a-1", "a-3"]), history })).toEqual(["recall secrets", "recall secret"]);
  });

  test("writing a baseline accepts a change: only runs after it are compared with", () => {
    const accepted = makeBaseline(run({ lanes: found(10) }));
    expect(judged({ lanes: found(10), history: [run()], baseline: accepted })).toEqual([]);
    expect(judged({ lanes: found(10), history: [run(later)], baseline: accepted })).toEqual(["recall secrets"]);
  });

  test("a route with a baseline of its own is held against that", () => {
    const two = run({
      lanes: [
        ...found(20),
        lane([figures("secrets", { found: 5 }), figures("other", { on: false })], { lane: "narrow" }),
      ],
    });
    const written = makeBaseline(two);
    expect(Object.keys(written.lanes)).toEqual(["*", "narrow"]);
    expect(judged({ lanes: two.lanes, baseline: written })).toEqual([]);
  });

  test("a route that never ran a detector is not held to what other routes find with it; one that stopped is", () => {
    const off = [lane([figures("secrets", { on: false, found: 0 })], { lane: "narrow" })];
    expect(judged({ lanes: off, baseline })).toEqual([]);
    const before = run({ lanes: [lane([figures("secrets")], { lane: "narrow" })], ...later });
    expect(judged({ lanes: off, baseline, history: [before] })).toEqual(["recall secrets"]);
  });

  test("rows that were not seen make the run incomplete, whatever its rates are", () => {
    const unseen = {
      id: "a-1",
      lane: "assistant",
      outcome: "unseen" as const,
      categories: [],
      found: [],
      exchange: "",
      detail: "gone",
    };
    const problems = findProblems({
      corpus: "rows",
      lanes: found(20),
      rows: [unseen],
      history: [],
      baseline,
      settings: { fall: 0.05, rise: 0.03 },
    });
    expect(problems.map(({ sentence }) => sentence)).toEqual(["1 rows on assistant could not be judged: gone."]);
    expect(resultOf(problems)).toBe("incomplete");
  });
});

describe("with a store", () => {
  let directory: string;
  let control: ControlStore;
  const clock = fakeClock();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "parapet-self-test-"));
    control = openSqliteControlStore(join(directory, "control.db"), clock);
  });
  afterEach(async () => {
    await control.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const problem = { kind: "recall", lane: "assistant", name: "secrets", sentence: "It fell." } as const;
  const bad = run({ result: "degraded", problems: [problem] });
  const update = (one: SelfTestRun) =>
    updateFindings(control, DEFAULT_TENANT, one, () => FindingId.parse(uuidv7(clock.now())));
  const stored = async () => (await control.listFindings(DEFAULT_TENANT, { rule: SELF_TEST_RULE, limit: 50 })).items;

  test("a problem is one finding that is counted, resolves when it is over, and comes back as a new one", async () => {
    await update(bad);
    await update(bad);
    expect((await stored()).map(({ status, count }) => [status, count])).toEqual([["new", 2]]);
    await update(run());
    expect((await stored()).map(({ status }) => status)).toEqual(["resolved"]);
    await update(bad);
    expect((await stored()).map(({ status }) => status).toSorted()).toEqual(["new", "resolved"]);
  });

  test("what somebody decides while a run looks is not resolved away", async () => {
    await update(bad);
    const { listFindings } = control;
    const deciding = {
      ...control,
      listFindings: async (...query: Parameters<typeof listFindings>) => {
        const found = await listFindings(...query);
        for (const { id } of found.items)
          await control.changeFinding(DEFAULT_TENANT, id, (stored) => ({
            ...stored,
            status: "false_positive",
            history: [...stored.history, { time: stored.lastSeen, actor: "ada", change: "no" }],
          }));
        return found;
      },
    };
    await updateFindings(deciding, DEFAULT_TENANT, run(), () => FindingId.parse(uuidv7(clock.now())));
    expect((await stored()).map(({ status, history }) => [status, history.length])).toEqual([["false_positive", 2]]);
  });

  test("an incomplete run resolves nothing", async () => {
    await update(bad);
    await update(run({ result: "incomplete", problems: [{ ...problem, kind: "incomplete", name: "run" }] }));
    expect((await stored()).map(({ status }) => status)).toEqual(["new", "new"]);
  });

  test("what somebody called a false positive stays one and is only counted", async () => {
    await update(bad);
    const [finding] = await stored();
    if (finding === undefined) throw new Error("no finding");
    await control.putFinding(DEFAULT_TENANT, { ...finding, status: "false_positive" });
    await update(bad);
    await update(run());
    expect((await stored()).map(({ status, count }) => [status, count])).toEqual([["false_positive", 2]]);
  });

  const settings = { enabled: true, everyHours: 6, rowsPerSecond: 500, runsKept: 3, fall: 0.05, rise: 0.03 };
  const audits: string[] = [];
  const tools = (change: Partial<SelfTestTools> = {}): SelfTestTools => ({
    tenant: DEFAULT_TENANT,
    control,
    clock,
    logger: silentLogger,
    settings,
    corpus: () => ({ rows: [row("one-a"), row("one-b", { label: "benign" })], digest: "rows", diagnostics: [] }),
    folder: "/etc/rows",
    baseline: () => undefined,
    lanes: [TARGET],
    catalogue: CATALOGUE,
    versions: () => ({ product: "1", policies: "p" }),
    send: async (_, body) => sent(body.includes("one-a") ? ["secret"] : []),
    isBusy: () => false,
    audit: async ({ result }) => void audits.push(result),
    ...change,
  });
  const finished = async (selfTest: ReturnType<typeof createSelfTest>) => {
    for (;;) {
      const state = await selfTest.list(10);
      if (state.running === undefined) return state;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  test("a run is kept with what it measured, and the oldest give way", async () => {
    const selfTest = createSelfTest(tools());
    for (let turn = 0; turn < 4; turn += 1) {
      expect(selfTest.start("cli").ok).toBe(true);
      expect(selfTest.start("cli")).toMatchObject({ ok: false, reason: "A self-test is running already." });
      await finished(selfTest);
      clock.advance(1_000);
    }
    const { items, nextAt } = await selfTest.list(10);
    expect(items.length).toBe(3);
    expect(items[0]).toMatchObject({
      result: "passed",
      actor: "cli",
      lanes: [{ rows: 2, detectors: [{ recall: 1 }] }],
    });
    expect(nextAt).toBeDefined();
    expect(audits.length).toBe(4);
    await selfTest.stop();
  });

  test("rows that are not in form make the run incomplete, with a finding that says where", async () => {
    const corpus = () => readCorpus([{ path: "x.jsonl", text: `${JSON.stringify(row("one-a"))}\n{` }]);
    const selfTest = createSelfTest(tools({ corpus }));
    selfTest.start("schedule");
    const { items } = await finished(selfTest);
    expect(items[0]).toMatchObject({ result: "incomplete", corpus: { attacks: 1 }, lanes: [{ rows: 1 }] });
    const [finding] = await stored();
    expect(finding?.description).toBe("1 rows are not in form and were left out; the first, x.jsonl:2: is not JSON.");
    expect(finding?.entities).toEqual({ part: "rows" });
    await selfTest.stop();
  });

  test("a baseline is asked for by the rows that ran, and the run says which it was held against", async () => {
    const baseline = makeBaseline(run());
    const selfTest = createSelfTest(tools({ baseline: (digest) => (digest === "rows" ? baseline : undefined) }));
    selfTest.start("cli");
    expect((await finished(selfTest)).items[0]?.baseline).toBe(baseline.writtenAt);
    await selfTest.stop();
  });

  test("a gateway that answers nothing makes the run incomplete, with a finding", async () => {
    const selfTest = createSelfTest(tools({ send: () => Promise.reject(new Error("no route")) }));
    selfTest.start("schedule");
    const { items } = await finished(selfTest);
    expect(items[0]?.result).toBe("incomplete");
    expect((await stored()).map(({ title }) => title)).toEqual(["The self-test on assistant could not see everything"]);
    const detail = await selfTest.read(items[0]?.id ?? "");
    expect(detail?.rows.map(({ text }) => text)).toEqual(["text of one-a", "text of one-b"]);
    await selfTest.stop();
  });

  test.each<[string, Partial<SelfTestTools>, RegExp]>([
    ["no route that inspects", { lanes: [] }, /nothing to test/],
    ["no rows", { corpus: () => ({ rows: [], digest: "", diagnostics: [] }) }, /No row .* in \/etc\/rows\.$/],
    [
      "rows that are all out of form",
      { corpus: () => readCorpus([{ path: "x.jsonl", text: "{" }]) },
      /No row .*: x\.jsonl:1 is not JSON\.$/,
    ],
  ])("with %s it says why it does not start", (_, change, why) => {
    const started = createSelfTest(tools(change)).start("cli");
    expect(started.ok ? "" : started.reason).toMatch(why);
  });

  test("a run that the program's end cuts off leaves nothing", async () => {
    const selfTest = createSelfTest(tools({ settings: { ...settings, rowsPerSecond: 20 } }));
    selfTest.start("cli");
    await selfTest.stop();
    expect((await selfTest.list(10)).items).toEqual([]);
  });
});
