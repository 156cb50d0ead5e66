import { assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { EVENT_WORDS } from "./chdb-schema.ts";
import { parseWhere, whereSql } from "./where.ts";

describe("a where expression", () => {
  const accepted: readonly (readonly [string, readonly [string, string, boolean][]])[] = [
    ["", []],
    ["kind=a", [["kind", "a", false]]],
    [" kind = a ", [["kind", "a", false]]],
    ["kind=a*", [["kind", "a", true]]],
    ["kind=*", [["kind", "", true]]],
    [
      "kind=a and body.x.y-z=b=c",
      [
        ["kind", "a", false],
        ["body.x.y-z", "b=c", false],
      ],
    ],
    [
      'route="a and b" and model="m*"',
      [
        ["route", "a and b", false],
        ["model", "m*", false],
      ],
    ],
    ['route="a b"*', [["route", "a b", true]]],
    ['route=""', [["route", "", false]]],
  ];
  test.each(accepted)("%s is read", (where, terms) => {
    expect(parseWhere(where).map(({ field, value, prefix }) => [field, value, prefix])).toEqual(terms);
  });

  const refused = [
    "x",
    "=a",
    "kind=",
    "kind=a and",
    "kind=a and ",
    "kind=a or kind=b",
    "tenant=a",
    "text=a",
    "raw=a",
    "body=a",
    "body.=a",
    "body..a=b",
    "body.a`.b=c",
    "body.a b=c",
    "body.1=c",
    "body.a.b.c.d.e.f.g.h=c",
    "body.a.b.c.d.e.f.g=c and body.a=d",
    `body${".a".repeat(2_000)}=c`,
    'kind="a',
    'kind="a"b',
    'kind="a"and kind=b',
    Array.from({ length: 21 }, () => "kind=a").join(" and "),
  ];
  test.each(refused)("%s is refused in words", (where) => {
    expect(() => parseWhere(where)).toThrow(/^where: /);
  });

  test("nothing that was written in it gets into the SQL but checked names", () => {
    const unit = constantFrom(...Array.from("body.kind=and \"'`*\\;-({})\n\u0000"), "body.a", " and ", "kind=");
    const text = string({ unit, maxLength: 30 });
    assert(
      property(
        oneof(
          text,
          text.map((value) => `body.a=${value}`),
        ),
        (where) => {
          try {
            for (const condition of whereSql(parseWhere(where)).conditions) {
              if (condition === `hasAllTokens(${EVENT_WORDS}, {words:Array(String)})`) continue;
              const sql = condition.replaceAll(
                /JSONExtract\(raw, ('[^']*'(?:, '[^']*')*), 'Nullable\(String\)'\)/g,
                "path($1)",
              );
              for (const [, name = ""] of sql.matchAll(/'([^']*)'/g))
                expect(name).toMatch(/^[A-Za-z_@][A-Za-z0-9_.@-]*$/);
              expect(sql.replaceAll(/'[^']*'/g, "''")).toMatch(
                /^(startsWith\()?([a-z]+|coalesce\(path\([', ]*\)(, path\([', ]*\))*\))( = |, )\{term[0-9]+:String\}\)?$/,
              );
            }
          } catch (error) {
            expect(String(error)).toContain("where: ");
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
