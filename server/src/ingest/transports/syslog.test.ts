import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createSyslogFraming, MESSAGE_BYTES_MAX } from "./syslog-framing.ts";
import { parseSyslog, recordOf } from "./syslog-message.ts";

test.each([
  [
    '<165>1 2026-01-01T00:00:00.003Z host app 812 ID47 [a@1 x="b\\]c\\"d"][e] \ufefftext',
    {
      severity: "low",
      facility: 20,
      time: "2026-01-01T00:00:00.003Z",
      host: "host",
      application: "app",
      process: "812",
      text: "text",
    },
  ],
  ["<34>1 - - - - - - su failed", { severity: "critical", facility: 4, text: "su failed" }],
  [
    "<13>Jan  1 00:00:00 host cron[7]: ran",
    { severity: "low", facility: 1, host: "host", application: "cron", process: "7", text: "ran" },
  ],
  ["<999>x", { severity: "informational", facility: 23, text: "x" }],
  ["no header at all", { severity: "low", facility: 1, text: "no header at all" }],
])("a message is taken apart: %s", (line, expected) => {
  expect(parseSyslog(line)).toEqual(expected);
});

test("a source gets the message as it is; the generic one a record of its parts, or the JSON that it is", () => {
  const line = '<13>Jan  1 00:00:00 host app: @cee: {"a":1}';
  expect(recordOf(line, true)).toBe('{"a":1}');
  expect(recordOf("<13>Jan  1 00:00:00 host app: said", false)).toBe("said");
  expect(JSON.parse(recordOf("<11>1 2026-01-01T00:00:00Z h a - - - said", true))).toEqual({
    time: "2026-01-01T00:00:00Z",
    kind: "syslog",
    severity: "high",
    facility: 1,
    host: "h",
    application: "a",
    message: "said",
  });
});

test("however a stream is cut, its messages are the same", () => {
  const message = fc.string({ minLength: 1, maxLength: 40 }).map((text) => `<13>${text.replaceAll(/[\r\n\0]/g, " ")}.`);
  const stream = fc.tuple(fc.array(message, { minLength: 1, maxLength: 6 }), fc.boolean());
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 17 }), ([messages, isCounted], size) => {
      const bytes = Buffer.from(
        messages.map((one) => (isCounted ? `${Buffer.byteLength(one)} ${one}` : `${one}\n`)).join(""),
      );
      const framing = createSyslogFraming();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...framing.push(bytes.subarray(at, at + size)));
      expect([...found, ...framing.end()]).toEqual(messages);
    }),
  );
});

test("a line without end is cut, and what follows it is read", () => {
  const framing = createSyslogFraming();
  const found = [
    ...framing.push(Buffer.alloc(MESSAGE_BYTES_MAX + 10, "x")),
    ...framing.push(Buffer.from("rest\nnext\n")),
  ];
  expect(found.map(({ length }) => length)).toEqual([MESSAGE_BYTES_MAX, 4]);
});

test("no line makes reading throw", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => typeof recordOf(`<13>1 ${text}`, true) === "string"));
});
