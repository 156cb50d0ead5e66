import { scanForm } from "#platform";
import { expect, test } from "vitest";
import { scanned } from "../json/scan.fixture.ts";
import { OPENAI } from "../openai/openai.ts";
import type { Endpoint } from "../protocol.ts";

const endpoint = (path: string): Endpoint => {
  const found = OPENAI.endpoints.find((one) => one.path === `/uploads${path}`);
  if (found === undefined) throw new Error(path);
  return found;
};
const begin = { purpose: "batch", filename: "a b.jsonl", bytes: 7, mime_type: "application/jsonl" };

test("an upload begins with what the file is for, and its name is read", () => {
  expect(endpoint("").decodeRequest(scanned(begin))).toMatchObject({
    ok: true,
    value: { segments: [{ pointer: "/filename", text: "a b.jsonl" }], upload: { kind: "begin", purpose: "batch" } },
  });
});

test("a part says where its bytes stand", async () => {
  const data = new FormData();
  data.append("data", new File(["some bytes"], "blob"));
  const scan = scanForm(Buffer.from(await new Response(data).arrayBuffer()));
  if (!scan.ok) throw new Error(scan.fault.message);
  const decoded = endpoint("/{upload}/parts").decodeRequest(scan.value);
  const upload = decoded.ok ? decoded.value.upload : undefined;
  if (upload?.kind !== "part") throw new Error("no part");
  expect(scan.value.bytes.toString("utf8", upload.start, upload.end)).toBe("some bytes");
});

test.each([
  [{ part_ids: ["part_b", "part_a"], md5: "9e107d9d372bb6826bd81d3542a419d6" }, ["part_b", "part_a"], []],
  [{ part_ids: ["part_a", "part_a"] }, undefined, []],
  [{ part_ids: ["part_a", 7] }, undefined, []],
  [{ part_ids: ["part_a", "MTIz=="] }, ["part_a", "MTIz=="], ["MTIz=="]],
  [{ part_ids: ["part_a"], md5: "two words" }, ["part_a"], ["two words"]],
])("a completion of %j names the parts", (body, parts, words) => {
  const decoded = endpoint("/{upload}/complete").decodeRequest(scanned(body));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  expect(decoded.value.upload).toEqual({ kind: "complete", parts });
  expect(decoded.value.segments.map(({ text }) => text)).toEqual(words);
});

test.each([
  ["", { ...begin, bytes: "7" }, "/bytes"],
  ["", { ...begin, purpose: 1 }, "/purpose"],
  ["/{upload}/parts", { data: "words" }, "/data"],
  ["/{upload}/complete", { part_ids: [] }, "/part_ids"],
  ["/{upload}/complete", { file: { filename: "a" } }, "/part_ids"],
])("a request to %s that cannot be understood is refused: %j", (path, body, pointer) => {
  expect(endpoint(path).decodeRequest(scanned(body))).toMatchObject({ ok: false, refusal: { pointer } });
});

test("the file that is whole is read as one of /files", () => {
  const line = JSON.stringify({ method: "POST", url: "/v1/embeddings", body: { model: "e", input: "Four" } });
  const bytes = Buffer.from(line);
  const whole = {
    bytes,
    value: { purpose: "batch", file: { filename: "", type: "" } },
    leaves: [],
    keys: [],
    spans: [{ pointer: "/file", start: 0, end: bytes.length }],
  };
  expect(endpoint("/{upload}/complete").decodeRequest(whole)).toMatchObject({
    ok: true,
    value: { model: "e", segments: [{ pointer: "/file/0/body/input", text: "Four" }] },
  });
});

test("answers name the upload, whether it is over, and the file of a batch", () => {
  const upload = { id: "upload_1", object: "upload", status: "pending", purpose: "batch" };
  const file = { id: "file-1", object: "file", purpose: "batch" };
  const read = (path: string, answer: unknown) => {
    const decoded = endpoint(path).decodeResponse(scanned(answer), 0);
    return decoded.ok ? [decoded.value.upload, decoded.value.keeps, decoded.value.segments.length] : undefined;
  };
  expect(read("", upload)).toEqual([{ id: "upload_1", isOver: false }, undefined, 0]);
  expect(read("/{upload}/parts", { id: "part_1", object: "upload.part", upload_id: "upload_1" })?.[0]).toEqual({
    id: "part_1",
    isOver: false,
  });
  expect(read("/{upload}/complete", { ...upload, status: "completed", file })).toEqual([
    { id: "upload_1", isOver: true },
    ["file-1"],
    0,
  ]);
  expect(read("/{upload}/cancel", { ...upload, status: "cancelled" })?.[0]).toEqual({ id: "upload_1", isOver: true });
});
