import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitPayload, USUAL_LISTS, type SplitOptions } from "./split-payload.ts";

const JSON_LINES: SplitOptions = { lists: USUAL_LISTS, lines: "json", recordBytesMax: 1_000 };
const split = (text: string, options = JSON_LINES) =>
  [...splitPayload({ bytes: Buffer.from(text), contentType: "" }, options)].map((piece) =>
    piece.ok ? piece.record : `! ${piece.reason}`,
  );

describe("a payload falls into records", () => {
  it.each([
    ["one object", '{"a":1}', [{ a: 1 }]],
    ["one object over several lines", '{\n  "a": 1\n}\n', [{ a: 1 }]],
    ["an array", '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ["CloudTrail's wrapper", '{"Records":[{"a":1},{"a":2}]}', [{ a: 1 }, { a: 2 }]],
    ["a Kubernetes list", '{"kind":"EventList","items":[{"a":1}]}', [{ a: 1 }]],
    ["lines", '{"a":1}\n\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
    ["wrappers, one a line", '{"events":[{"a":1}]}\n{"events":[{"a":2}]}', [{ a: 1 }, { a: 2 }]],
    ["objects without line breaks", '{"a":1}{"a":"}{"}', [{ a: 1 }, { a: "}{" }]],
    ["a byte order mark", '\uFEFF{"a":1}', [{ a: 1 }]],
    ["nothing", " \n ", []],
  ])("%s", (_, text, records) => {
    expect(split(text)).toEqual(records);
  });

  it("keeps lines of text as they stand where a source speaks text", () => {
    expect(split("one\n[two] 2\n", { ...JSON_LINES, lines: "text" })).toEqual(["one", "[two] 2"]);
  });
});

describe("what cannot be read", () => {
  it.each(['{"a":', '{"a', '[{"a":1},', 'tail"}'])(
    "as the first of several lines (%s) leaves the others readable",
    (line) => {
      expect(split(`${line}\n{"a":2}\n{"a":3}\n`)).toEqual([
        expect.stringMatching(/^! Line 1 is not JSON/),
        { a: 2 },
        { a: 3 },
      ]);
    },
  );

  it("is named with its line, and the others are read", () => {
    expect(split('{"a":1}\n{"a":\n{"a":3}')).toEqual([
      { a: 1 },
      expect.stringMatching(/^! Line 2 is not JSON/),
      { a: 3 },
    ]);
  });

  it("is named with its place in an array or wrapper, and the others are read", () => {
    expect(split('[{"a":1},{"a":oops},{"a":3}]')).toEqual([
      { a: 1 },
      expect.stringMatching(/^! At character 9: /),
      { a: 3 },
    ]);
    expect(split('{"Records":[{"a":1},{a:2},{"a":3}]}')).toEqual([
      { a: 1 },
      expect.stringMatching(/^! At character 20: /),
      { a: 3 },
    ]);
  });

  it("is told when a payload ends early, and what came before is read", () => {
    expect(split('[{"a":1},{"a":"x')).toEqual([{ a: 1 }, expect.stringMatching(/^! From character 9: no whole JSON/)]);
  });

  it("is told when a line is too long", () => {
    expect(split(`{"a":1}\n{"a":"${"x".repeat(2_000)}"}`)).toEqual([
      { a: 1 },
      "! Line 2 is longer than 1000 bytes. Send smaller records",
    ]);
  });

  it("loses no record of many values, however they are joined", () => {
    const records = fc.array(fc.record({ a: fc.string(), b: fc.jsonValue({ maxDepth: 2 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(records, fc.constantFrom("\n", "", " ", "\r\n"), (values, between) => {
        const plain: unknown = JSON.parse(JSON.stringify(values));
        const options = { ...JSON_LINES, recordBytesMax: 100_000 };
        expect(split(values.map((value) => JSON.stringify(value)).join(between), options)).toEqual(plain);
        expect(split(JSON.stringify(values), options)).toEqual(plain);
      }),
    );
  });
});
