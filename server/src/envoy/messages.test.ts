/**
 * Guarantee: Envoy's messages are read by the field numbers of its .proto files, whatever else stands in them; what is no
 * message, or several at once, is none.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headersAnswer, immediateAnswer, streamedAnswers } from "./answers.ts";
import { readChecked, readShown } from "./messages.ts";
import { encodeWire } from "./wire.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

describe("bytes as Envoy writes them", () => {
  test.each([
    [
      "request headers with modes, an attribute nobody reads, a value as bytes and one as text",
      // 2: {1: {1: {1: ":path" 3: "/v"} 1: {1: "a" 2: "b"}} 3: 1} 9: {1: "x"} 11: {1: 4, 2: 1}
      "12190a150a0b0a053a706174681a022f760a060a016112016218014a030a01785a0408041001",
      {
        kind: "request-headers",
        headers: [
          [":path", "/v"],
          ["a", "b"],
        ],
        isEnd: true,
        modes: { request: "full-duplex", response: "streamed" },
        isWatching: false,
      },
    ],
    ["a body", "22 06 0a 02 7b7d 10 01", { kind: "request-body", bytes: Buffer.from("{}"), isEnd: true }],
    ["an answer's empty piece", "2a 00", { kind: "response-body", bytes: Buffer.alloc(0), isEnd: false }],
    ["trailers", "3a 00", { kind: "response-trailers" }],
    ["two parts at once", "22 00 2a 00", { kind: "unknown" }],
    ["nothing", "", { kind: "unknown" }],
  ])("%s", (_, bytes, shown) => {
    expect(readShown(hex(bytes))).toEqual(shown);
  });

  test("modes that an older Envoy does not tell, and one that is newer than this", () => {
    const head = { requestHeaders: { endOfStream: false } };
    expect(readShown(encodeWire("ProcessingRequest", head))).toMatchObject({ modes: { request: "unknown" } });
    const newer = { ...head, protocolConfig: { requestBodyMode: 9 } };
    expect(readShown(encodeWire("ProcessingRequest", newer))).toMatchObject({
      modes: { request: "grpc", response: "none" },
    });
  });

  test("answers", () => {
    expect(encodeWire("ProcessingResponse", headersAnswer("request", { set: { a: "b" }, remove: ["c"] }))).toEqual(
      hex("0a130a11120f0a0a0a060a01611a01621802120163"),
    );
    expect(encodeWire("ProcessingResponse", immediateAnswer(400, {}, Buffer.from("x")))).toEqual(
      hex("3a130a0308900312001a01782a0770617261706574"),
    );
  });
});

test("bytes that are no message throw or say nothing, and never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const read of [readShown, readChecked])
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
    }),
  );
});

test("pieces of a body are whole together, none too large, and only the last is the end", () => {
  const body = Buffer.alloc(150_000, "a");
  const pieces = streamedAnswers("response", body, true);
  const told = (at: number, length: number, endOfStream: boolean) => ({
    responseBody: {
      response: { bodyMutation: { streamedResponse: { body: body.subarray(at, at + length), endOfStream } } },
    },
  });
  expect(pieces).toEqual([told(0, 65_536, false), told(65_536, 65_536, false), told(131_072, 18_928, true)]);
  expect(streamedAnswers("response", Buffer.alloc(0), false)).toEqual([]);
});

describe("a request that external authorization asks about", () => {
  const http = { method: "POST", path: "/v1/x?y", host: "h", headers: { ":path": "/other", a: "b" }, body: "{}" };
  const read = (more: object) =>
    readChecked(encodeWire("CheckRequest", { attributes: { request: { http: { ...http, ...more } } } }));

  test("its own fields say method and path, not its headers", () => {
    expect(read({})).toEqual({
      headers: [
        ["a", "b"],
        [":method", "POST"],
        [":path", "/v1/x?y"],
        [":authority", "h"],
      ],
      body: Buffer.from("{}"),
    });
  });

  test("its body as bytes, its headers as a list", () => {
    const headerMap = { headers: [{ key: "a", rawValue: Buffer.from([0xff]) }] };
    const { headers, body } = read({ rawBody: Buffer.from([1]), body: "", headerMap }) ?? {};
    expect([headers?.[0], body]).toEqual([["a", "ÿ"], Buffer.from([1])]);
  });

  test("none, where no HTTP is asked about", () => {
    expect(readChecked(Buffer.alloc(0))).toBeUndefined();
  });
});
