import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declaredBoundary, editFormText, formBoundary, formType, isSameForm, scanForm } from "./form-data.ts";

const part = (disposition: string, content: string | Buffer, headers = ""): Buffer =>
  Buffer.concat([
    Buffer.from(`--b0\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
const form = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from("--b0--\r\n")]);

/** What the platform's own client writes. */
const written = async (fields: readonly (readonly [string, string | File])[]): Promise<Buffer> => {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return Buffer.from(await new Response(data).arrayBuffer());
};

test("a form that a client wrote is read as the object that its names spell", async () => {
  const bytes = await written([
    ["prompt", "a café\r\nat night"],
    ["image[]", new File([Buffer.from([0, 255, 13, 10])], "a.png", { type: "image/png" })],
    ["image[]", new File(["x"], "b.png")],
    ["expires_after[anchor]", "created_at"],
    ["expires_after[seconds]", "60"],
  ]);
  const scan = scanForm(bytes);
  if (!scan.ok) throw new Error(scan.fault.message);
  expect(scan.value.value).toEqual({
    prompt: "a café\r\nat night",
    image: [
      { filename: "a.png", type: "image/png" },
      { filename: "b.png", type: "application/octet-stream" },
    ],
    expires_after: { anchor: "created_at", seconds: "60" },
  });
  expect(scan.value.spans.map(({ pointer, start, end }) => [pointer, [...bytes.subarray(start, end)]])).toEqual([
    ["/image/0", [0, 255, 13, 10]],
    ["/image/1", [120]],
  ]);
  expect(declaredBoundary(formType(bytes))).toBe(formBoundary(bytes));
});

test("texts stand where their leaves say, whatever they are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 4 }), async (texts) => {
      const bytes = await written(texts.map((text, at) => [`f${at}`, text]));
      const scan = scanForm(bytes);
      if (!scan.ok) throw new Error(scan.fault.message);
      const { leaves } = scan.value;
      expect(leaves.map(({ value, start, end }) => [value, bytes.toString("utf8", start, end)])).toEqual(
        leaves.map(({ value }) => [value, value]),
      );
      expect(leaves).toHaveLength(texts.length);
    }),
    { numRuns: 60 },
  );
});

describe("what another reader could read otherwise is refused", () => {
  const prompt = part('name="prompt"', "x");
  test.each([
    ["bytes before the first boundary", Buffer.concat([Buffer.from("x\r\n"), form(prompt)])],
    ["bytes behind the last", Buffer.concat([form(prompt), Buffer.from("more")])],
    ["no last boundary", prompt],
    ["a boundary inside a part", form(part('name="prompt"', "x\r\n--b0-more"))],
    ["a boundary with spaces behind it", Buffer.from(form(prompt).toString().replace("--b0\r\n", "--b0 \r\n"))],
    ["line feeds alone", Buffer.from(form(prompt).toString().replaceAll("\r\n", "\n"))],
    ["a name twice", form(prompt, prompt)],
    ["a name in two cases", form(prompt, part('name="Prompt"', "y"))],
    ["a value and a list of one name", form(part('name="a"', "x"), part('name="a[]"', "y"))],
    ["the prototype", form(part('name="__proto__"', "x"))],
    ["another charset", form(part('name="_charset_"', "utf-7"))],
    ["an escaped quote in a name", form(part('name="a\\"b"', "x"))],
    ["a second spelling of a file's name", form(part('name="f"; filename="a"; filename*=utf-8\'\'b', "x"))],
    ["a path as a file's name", form(part('name="f"; filename="../a"', "x"))],
    ["a header twice", form(part('name="f"', "x", 'content-disposition: form-data; name="g"\r\n'))],
    ["a header that is folded", form(part('name="f"', "x", "Content-Type: text/plain;\r\n charset=utf-16\r\n"))],
    ["an unknown header", form(part('name="f"', "x", "X-Read-Me: yes\r\n"))],
    ["an encoded part", form(part('name="f"', "eA==", "Content-Transfer-Encoding: base64\r\n"))],
    ["a text in another charset", form(part('name="f"', "x", "Content-Type: text/plain; charset=utf-16\r\n"))],
    ["a part of another length", form(part('name="f"', "x", "Content-Length: 2\r\n"))],
    ["text that is no UTF-8", form(part('name="f"', Buffer.from([0xff])))],
    ["no form at all", Buffer.from("{}")],
    ["a form without parts", Buffer.from("--b0--\r\n")],
  ])("%s", (_, bytes) => {
    expect(scanForm(bytes).ok).toBe(false);
  });

  test.each([
    "multipart/form-data",
    "multipart/mixed; boundary=b0",
    "multipart/form-data; boundary=b0; boundary=b1",
    'multipart/form-data; boundary="b0',
    "multipart/form-data; charset=utf-8; boundary=b0",
  ])("the content type %s", (type) => {
    expect(declaredBoundary(type)).toBeUndefined();
  });
});

test("an edit that would make a part of its own is seen", () => {
  const bytes = form(part('name="prompt"', "a secret here"));
  const at = bytes.indexOf("a secret");
  const edited = (replacement: string): Buffer =>
    Buffer.concat([
      bytes.subarray(0, at),
      editFormText("text", "a secret here", [{ start: 2, end: 8, replacement }]),
      bytes.subarray(at + "a secret here".length),
    ]);
  expect(edited("[x]").toString()).toContain("a [x] here");
  expect(isSameForm(bytes, edited("[x]"))).toBe(true);
  expect(isSameForm(bytes, edited("\r\n--b0\r\nContent-Disposition: form-data; name=a\r\n\r\n"))).toBe(false);
  expect(editFormText("name", 'a"b.txt', []).toString()).toBe('"a_b.txt"');
});

test("a hostile form costs no more than its length", () => {
  const hostile = Buffer.concat([Buffer.from("--b0\r\n"), Buffer.alloc(1024 * 1024, "--b")]);
  expect(scanForm(hostile).ok).toBe(false);
  expect(scanForm(form(...Array.from({ length: 300 }, (_, at) => part(`name="f${at}"`, "x")))).ok).toBe(false);
});
