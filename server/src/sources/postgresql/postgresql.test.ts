import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { csvRows } from "../csv.ts";
import { postgresql } from "./postgresql.ts";
import { statementFacts } from "./statement.ts";

describe("a statement's kind", () => {
  it.each([
    ["select id from docs order by embedding <=> $1 limit 5", "vector.search"],
    ["SELECT cosine_distance(e, $1) FROM docs", "vector.search"],
    ["insert into docs (e) values ('[0.1,0.2]')", "vector.upsert"],
    ["update docs set e = $1::halfvec where id = 3", "vector.upsert"],
    ["insert into notes values ('a <- b')", "db.query"],
    ["select a from b where c < d and e > f", "db.query"],
  ])("%s", (statement, kind) => {
    expect(statementFacts(statement).kind).toBe(kind);
  });

  it("keeps no vector in the statement, and tells its limit and table", () => {
    const vector = `[${Array.from({ length: 384 }, (_, index) => index / 1e3).join(",")}]`;
    expect(statementFacts(`select id from "public"."docs" order by e <-> '${vector}' limit 500`)).toEqual({
      kind: "vector.search",
      text: `select id from "public"."docs" order by e <-> '[…]' limit 500`,
      limit: 500,
      table: "public.docs",
    });
  });
});

it("reads csvlog over several lines as jsonlog, and names a line that is cut", () => {
  const bytes = readFileSync(join(import.meta.dirname, "csvlog.csv"));
  const [first, second] = Array.from(postgresql.split({ bytes, contentType: "" }));
  expect(second).toMatchObject({ ok: false, reason: expect.stringMatching(/^Line 4 has 7 columns/) });
  expect.assert(first?.ok === true);
  expect(postgresql.decode(first.record, { receivedAt: "2026-11-21T09:00:00.000Z" })).toMatchObject({
    kind: "event",
    event: {
      kind: "vector.search",
      principal: "user:rag_app",
      asset: "table:knowledge.public.chunks",
      key: "690d.4589:5",
      body: { address: "10.0.3.17", limit: 20, class: "READ" },
    },
  });
});

it("reads back any cells that were written as CSV", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ") });
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (rows) => {
      const text = rows.map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(",")).join("\n");
      expect(Array.from(csvRows(text), ({ cells }) => cells)).toEqual(rows);
    }),
  );
});
