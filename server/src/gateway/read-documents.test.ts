import { expect, test } from "vitest";
import { scanJson } from "#platform";
import { documentsIn, withPlainDocuments } from "./read-documents.ts";

const TEXT = Buffer.from("Dear reader, all is well here, and the garden is in flower again.").toString("base64");
const READ_AS = { direction: "request", firstIndex: 0, provenance: "document" } as const;

/** The reasons for which the one part of this body stays unread. */
const leftOf = (part: object): readonly string[] => {
  const scan = scanJson(Buffer.from(JSON.stringify({ part })), { depthMax: 8 });
  if (!scan.ok) throw new Error(scan.fault.message);
  const said = {
    segments: [],
    unscannable: [{ pointer: "/part", reason: "a file", provenance: "user" as const }],
  };
  return withPlainDocuments(said, documentsIn(scan.value, said), READ_AS).unscannable.map(({ reason }) => reason);
};

test.each([
  ["one document", { file_data: TEXT }, []],
  ["one document with its name and type", { file_data: TEXT, filename: "Letter: spring.txt", type: "file" }, []],
  ["a document beside other bytes", { file_data: TEXT, other: "iVBORw0KGgoAAAANSUhEUg".repeat(8) }, ["a file"]],
  ["a document beside an address", { file_data: TEXT, image_url: { url: "https://a.example/x.png" } }, ["a file"]],
  ["no document", { url: "https://a.example/x.png" }, ["a file"]],
])("of a part with %s stays unread what nobody read", (_, part, reasons) => {
  expect(leftOf(part)).toEqual(reasons);
});
