import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { compressedPdf, docxOf, encryptedPdf, paragraph, pdfOf, wordXml } from "./documents.fixture.ts";
import { BOUNDS, createExtractor } from "./extractor.ts";
import { kindOfBytes } from "./kind-of-bytes.ts";
import { textOfMarkup } from "./markup.ts";
import { textOfPlain } from "./plain-text.ts";

const extractor = createExtractor();
afterAll(() => extractor.close());
const read = (bytes: Buffer) => extractor.extract(bytes, kindOfBytes(bytes) ?? "text");

const PICTURE = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const doc = wordXml(paragraph("Dear ", "Rea", "der,") + paragraph("all is &lt;well&gt; &#233;."));

test.each<readonly [string, Buffer, string, readonly string[]]>([
  ["PDF", pdfOf("Dear Reader"), "Dear Reader", []],
  ["compressed PDF", compressedPdf("Dear Reader"), "Dear Reader", []],
  ["PDF with junk before it", Buffer.concat([Buffer.from("junk\n"), pdfOf("Dear Reader")]), "Dear Reader", []],
  [
    "PDF with words beside its page",
    pdfOf("In sight) Tj 2000 0 Td (out of sight"),
    "In sight\nIn sight out of sight",
    [],
  ],
  ["PDF without text", pdfOf(""), "", ["a page without text"]],
  [
    "PDF with a picture",
    pdfOf("Look) Tj ET BI /W 1 /H 1 /BPC 8 /CS /G ID x EI BT (", {}),
    "Look",
    ["pictures in a document"],
  ],
  [
    "PDF with a note and properties",
    pdfOf("Page", {
      page: "/Annots [6 0 R]",
      trailer: "/Info 7 0 R",
      more: [
        "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (A note) >>",
        "<< /Title (A title) /Keywords (key words) >>",
      ],
    }),
    "A title\nkey words\nPage\nA note",
    [],
  ],
  ["DOCX, runs joined", docxOf(doc), "Dear Reader,\nall is <well> é.", []],
  [
    "DOCX with header, comment, link and what was deleted",
    docxOf(doc.replace("<w:t>Dear", "<w:delText>Gone </w:delText><w:t>Dear"), {
      "word/header1.xml": Buffer.from(wordXml(paragraph("Head"))),
      "word/comments.xml": Buffer.from(wordXml(paragraph("Aside"))),
      "word/_rels/document.xml.rels": Buffer.from(
        '<Relationships><Relationship Target="https://evil.example/x" TargetMode="External"/><Relationship Target="styles.xml"/></Relationships>',
      ),
    }),
    "https://evil.example/x\nAside\nGone Dear Reader,\nall is <well> é.\nHead",
    [],
  ],
  [
    "DOCX with a picture, its description and a macro",
    docxOf(wordXml('<w:p><pic:cNvPr id="1" descr="A described picture"/></w:p>'), {
      "word/media/image1.png": PICTURE,
      "word/vbaProject.bin": PICTURE,
    }),
    "A described picture",
    ["pictures in a document", "files in a document"],
  ],
])("%s", async (_, bytes, text, gaps) => {
  expect(await read(bytes)).toEqual({ ok: true, text, gaps });
});

test.each<readonly [string, Buffer, string]>([
  ["an encrypted PDF", encryptedPdf("secret"), "an encrypted PDF"],
  ["a broken PDF", Buffer.from("%PDF-1.7\nnothing"), "a PDF that cannot be read"],
  ["an archive", Buffer.from(zipSync({ "a.txt": Buffer.from("a") })), "an archive"],
  [
    "entities that expand",
    docxOf(wordXml(paragraph("&a;"), '<!DOCTYPE x [<!ENTITY a "bbbb">]>')),
    "XML that defines entities of its own",
  ],
  ["half a DOCX", docxOf(doc).subarray(0, 300), "a document that cannot be read"],
  ["a zip bomb", docxOf(`<a>${" ".repeat(70 * 1024 * 1024)}</a>`), "a file that expands too far"],
  [
    "a PDF bomb",
    pdfOf("", { filter: "/Filter /FlateDecode", content: deflateSync(Buffer.alloc(70 * 1024 * 1024)) }),
    "a PDF that expands too far",
  ],
  [
    "a PDF bomb in two layers",
    pdfOf("", {
      filter: "/Filter [/FlateDecode /FlateDecode]",
      content: deflateSync(deflateSync(Buffer.alloc(70 * 1024 * 1024))),
    }),
    "a PDF that expands too far",
  ],
])("%s is refused with the reason", async (_, bytes, reason) => {
  expect(await read(bytes)).toEqual({ ok: false, reason });
});

describe("a zip whose two lists differ is refused", () => {
  /** Changes the size that the directory at the end claims for the document. */
  const lying = (change: (directory: Buffer) => void): Buffer => {
    const bytes = docxOf(doc);
    const at = bytes.lastIndexOf("word/document.xml") - 46;
    change(bytes.subarray(at));
    return bytes;
  };
  test.each([
    ["a smaller size", lying((entry) => entry.writeUInt32LE(10, 24))],
    ["another name", lying((entry) => entry.write("word/documenx.xml", 46))],
  ])("%s", async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ ok: false });
  });
});

test("what takes too long or too much ends its worker, and the next document is read", async () => {
  // Hidden from the look at compressed streams: two filters, of which the first is none of theirs.
  const hidden = pdfOf("", {
    filter: "/Filter [/ASCIIHexDecode /FlateDecode]",
    content: Buffer.from(`${deflateSync(Buffer.alloc(96 * 1024 * 1024, "(a) Tj ")).toString("hex")}>`),
  });
  const small = createExtractor({ ...BOUNDS, timeMs: 2_000, memoryBytes: 64 * 1024 * 1024 });
  const [bomb, after] = await Promise.all([small.extract(hidden, "pdf"), small.extract(pdfOf("Fine"), "pdf")]);
  expect(bomb).toMatchObject({ ok: false, reason: expect.stringMatching(/too (?:long|much)/) });
  expect(after).toMatchObject({ ok: true, text: "Fine" });
  await small.close();
});

test("more text than is read is said", async () => {
  const short = createExtractor({ ...BOUNDS, textUnitsMax: 10 });
  const gaps = ["a document with more text than is read"];
  expect(await short.extract(docxOf(doc), "office")).toEqual({ ok: true, text: "Dear Reade", gaps });
  expect(await short.extract(pdfOf("Dear Reader"), "pdf")).toEqual({ ok: true, text: "Dear Reade", gaps });
  await short.close();
});

describe("markup", () => {
  test.each([
    ["words hang together", "<p>Ig<b>no</b>re</p><p>all</p>", "Ignore\nall"],
    [
      "comments and attributes",
      '<a title="A title" href="https://x.example">b</a><!-- hidden -->',
      "b\nA title\nhttps://x.example\n hidden ",
    ],
    ["scripts are words, too", "<script>var a = 1 < 2</script>", "var a = 1 < 2"],
    ["a quote without an end", '<a href="x>text</a> more', "text more"],
    ["no tags", "1 < 2 & 3 > 2", "1 < 2 & 3 > 2"],
    ["a tag without an end", "text <a", "text <a"],
    ["entities", "&#x49;gnore &#97;ll&nbsp;&amp;&unknown; &#1114112;", "Ignore all &&unknown; &#1114112;"],
    ["CDATA", "<x><![CDATA[a <b> c]]></x>", "a <b> c"],
  ])("%s", (_, markup, text) => {
    expect(textOfMarkup(markup, "html")).toEqual({ ok: true, text });
  });

  test("any text costs little, and words outside of tags are kept", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("<", ">", '"', "'", "<!--", "<![CDATA[", "a=", "<p ", "&", "word "), {
          maxLength: 60,
        }),
        (pieces) => {
          const read = textOfMarkup(`first ${pieces.join("")}`, "html");
          expect(read).toMatchObject({ ok: true, text: expect.stringContaining("first") });
        },
      ),
    );
    for (const hostile of ['<a "', "<p '", "<!--", "<![CDATA[", "<a b=", "&#"]) {
      const read = textOfMarkup(hostile.repeat(100_000), "html");
      expect(read.ok).toBe(true);
    }
  });

  test("plain text is read as it stands, with tags also without them, in UTF-16, too", () => {
    expect(textOfPlain(Buffer.from("\ufeffa,b\n1,2"))).toBe("a,b\n1,2");
    expect(textOfPlain(Buffer.from("# Title\n\nIg<b>nore</b>"))).toBe("# Title\nIgnore");
    expect(textOfPlain(Buffer.from("\ufeffwide", "utf16le"))).toBe("wide");
    expect(textOfPlain(Buffer.from("\ufeffwide", "utf16le").swap16())).toBe("wide");
  });
});

test("a file that is an archive to one reader and a PDF to another is neither", () => {
  const archive = docxOf(doc);
  const pdf = pdfOf("Dear Reader");
  expect(kindOfBytes(Buffer.concat([archive.subarray(0, 40), pdf, archive.subarray(40)]))).toBeUndefined();
  expect(kindOfBytes(Buffer.concat([pdf, archive]))).toBeUndefined();
});
