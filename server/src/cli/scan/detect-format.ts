import { open } from "node:fs/promises";
import { extname } from "node:path";
import { isRecord, parseJson } from "./loose-json.ts";
import { readChatRecord } from "./read-chat.ts";
import { isOtlp } from "./read-otlp.ts";
import type { ScanFormat } from "./scan-item.ts";

const HEAD_BYTES = 64 * 1024;
const MARKDOWN: ReadonlySet<string> = new Set([".md", ".markdown", ".mdx"]);

export type Detected =
  | { readonly kind: "lines"; readonly format: "openai" | "otlp" }
  | { readonly kind: "document"; readonly format: "text" | "markdown" }
  /** JSON over several lines: read whole to know what it is. */
  | { readonly kind: "json" }
  | { readonly kind: "skip"; readonly reason: string };

const readHead = async (path: string): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> => {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(buffer, 0, HEAD_BYTES, 0);
    return { bytes: buffer.subarray(0, bytesRead), isWhole: bytesRead < HEAD_BYTES };
  } finally {
    await file.close();
  }
};

/** The beginning as text; undefined for what is no text. The last character may be cut in two. */
const headText = ({ bytes, isWhole }: { readonly bytes: Buffer; readonly isWhole: boolean }): string | undefined => {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
};

/** What a record of one line is; undefined for JSON that is none of ours. */
export const formatOfRecord = (value: unknown): "openai" | "otlp" | undefined => {
  if (isOtlp(value)) return "otlp";
  return readChatRecord(value, 0) === undefined ? undefined : "openai";
};

/** What a file is, told by its content; the name only tells Markdown from plain text. */
export const detectFormat = async (path: string): Promise<Detected> => {
  const head = await readHead(path);
  const text = headText(head);
  if (text === undefined) return { kind: "skip", reason: "binary" };
  const plain: Detected = { kind: "document", format: MARKDOWN.has(extname(path).toLowerCase()) ? "markdown" : "text" };
  const lines = text.trimStart().split("\n");
  // A line that the head cut off says nothing by failing to parse.
  const complete = head.isWhole ? lines : lines.slice(0, -1);
  if (!/^[[{]/.test(lines[0] ?? "")) return plain;
  for (const line of complete.slice(0, 20)) {
    const value = parseJson(line);
    if (value === undefined) continue;
    const format = isRecord(value) ? formatOfRecord(value) : undefined;
    if (format !== undefined) return { kind: "lines", format };
  }
  // One record longer than the head: by the keys it begins with.
  if (complete.length === 0) {
    if (/"(resourceSpans|resourceLogs|resource_spans|resource_logs)"/.test(text))
      return { kind: "lines", format: "otlp" };
    if (lines[0]?.startsWith("{") === true && /"(messages|request|response|custom_id|prompt|contents)"/.test(text))
      return { kind: "lines", format: "openai" };
  }
  return { kind: "json" };
};

export const kindOfFormat = (format: ScanFormat): Detected =>
  format === "openai" || format === "otlp" ? { kind: "lines", format } : { kind: "document", format };
