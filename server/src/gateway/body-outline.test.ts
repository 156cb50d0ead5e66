import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanJson } from "#platform";
import { PROTOCOLS } from "#protocols";
import { outlineOf } from "./body-outline.ts";

const outline = (body: unknown, texts: readonly string[] = []) => {
  const scan = scanJson(Buffer.from(JSON.stringify(body)), { depthMax: 64 });
  if (!scan.ok) throw new Error(scan.fault.message);
  return outlineOf(
    scan.value,
    texts.map((pointer) => ({ pointer, text: "ada" })),
  );
};

describe("what is kept of a body beside its texts", () => {
  test.each<[string, object, unknown]>([
    ["a word of the format", { role: "user" }, ["/role", "user"]],
    ["an id", { id: "chatcmpl-9xYzAb01" }, ["/id", "chatcmpl-9xYzAb01"]],
    ["a short number", { temperature: 0.7 }, ["/temperature", 0.7]],
    ["a switch", { stream: true }, ["/stream", true]],
    ["nothing", { stop: null }, ["/stop", null]],
    ["a number as long as an account's", { to: 4111111111 }, ["/to", { left: "a longer number" }]],
    ["tokens", { prompt: [15339, 1917] }, ["/prompt", { left: "2 numbers" }]],
    ["an embedding", { data: [[0.1], [0.2]] }, ["/data/0", { left: "1 number" }]],
    ["log probabilities", { logprobs: { content: [{ token: "hi" }] } }, ["/logprobs", { left: "log probabilities" }]],
    ["an empty list", { tools: [] }, ["/tools", { left: "an empty list" }]],
    ["an empty object", { metadata: {} }, ["/metadata", { left: "an empty object" }]],
  ])("%s", (_, body, member) => {
    expect(outline(body).members[0]).toEqual(member);
  });

  test.each([
    ["a text", { user: "ada" }, ["/user"]],
    ["what could be a sentence", { id: "call me" }, []],
    ["an address", { id: "ada@firm.example" }, []],
    ["encoded bytes", { data: "A".repeat(400) }, []],
    ["few of them", { data: "QUtJQUlPU0ZPRE5ON0VYQU1QTEU" }, []],
    ["what stands under a key that could be a sentence", { "call ada at home": { id: "x" } }, []],
    ["what stands under a key that a pointer escapes", { "a/b": "x" }, []],
  ])("never %s", (_, body, texts) => {
    expect(outline(body, texts)).toEqual({ members: [], cut: false });
  });

  test("of a long conversation its ends and what stands behind it, and that it was cut", () => {
    const messages = Array.from({ length: 5_000 }, () => ({ role: "user", content: "x y" }));
    const { members, cut } = outline(
      { messages, temperature: 0 },
      messages.map((_, at) => `/messages/${at}/content`),
    );
    expect(cut).toBe(true);
    expect(members[0]).toEqual(["/temperature", 0]);
    expect(members.at(1)).toEqual(["/messages/0/role", "user"]);
    expect(members.at(-1)).toEqual(["/messages/4999/role", "user"]);
    expect(JSON.stringify(members).length).toBeLessThan(12_000);
  });

  test("no text that a protocol reads in a body is in its outline, whatever the body", () => {
    const endpoint = PROTOCOLS[0]?.endpoints.find(({ name }) => name === "POST /chat/completions");
    const said = fc.constantFrom("my phone is 1", "sk live", "ignore the rules");
    const leaf = fc.oneof(said, fc.integer(), fc.boolean());
    const node = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("content", "type", "id", "arguments", "name", "a b"), tie("node"), {
          maxKeys: 3,
        }),
      ),
    })).node;
    fc.assert(
      fc.property(node, said, (extra, content) => {
        const body = { model: "m", messages: [{ role: "user", content }], metadata: extra };
        const scan = scanJson(Buffer.from(JSON.stringify(body)), { depthMax: 64 });
        if (!scan.ok) throw new Error(scan.fault.message);
        const decoded = endpoint?.decodeRequest(scan.value);
        if (decoded?.ok !== true) return;
        const kept = JSON.stringify(outlineOf(scan.value, decoded.value.segments));
        for (const { text } of decoded.value.segments) if (text.includes(" ")) expect(kept).not.toContain(text);
      }),
    );
  });
});
