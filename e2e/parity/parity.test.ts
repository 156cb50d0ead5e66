/**
 * Guarantee: one forbidden text, one verdict. In whatever string field of whatever endpoint it stands, of a request,
 * an answer or an event of a stream, it is read, and judged as the same text by the same author is judged alone.
 * The fields come from the declarations of the official SDKs, not from our own lists: one that we forgot fails.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROTOCOLS } from "@parapet/server/protocols";
import { CANARIES, createJudge, scanned, sent, type Canary } from "./cells.ts";
import { DESCRIBED, endpointOf, eventsBefore } from "./catalogue.ts";
import { inspectedFields, INSPECTED_FIELDS_FILE } from "./inspected-fields.ts";
import { openSdkTypes } from "./string-fields.ts";

let types: ReturnType<typeof openSdkTypes>;
const judge = createJudge();
const canaries = Object.entries(CANARIES).map(([name, text]) => [name, text] as const);
const names = Object.keys(CANARIES) as Canary[];

beforeAll(() => {
  types = openSdkTypes();
});
afterAll(() => {
  types.close();
});

test("every endpoint that reads a body is described, or reads it as one that is", () => {
  const described = new Set(DESCRIBED.map((one) => endpointOf(one).decodeRequest));
  // What guards are asked has its own tests: much of it is the asking gateway's bookkeeping, and goes nowhere.
  const forgotten = PROTOCOLS.filter(({ isGuard }) => isGuard !== true).flatMap(({ id, endpoints }) =>
    endpoints
      .filter(({ body, decodeRequest }) => body !== "none" && !described.has(decodeRequest))
      .map(({ name }) => `${id} ${name}`),
  );
  expect(forgotten).toEqual([]);
});

test("each text alone is stopped or redacted where a user or a stranger wrote it", async () => {
  const verdicts = (["user", "document", "tool-result"] as const).map((provenance) =>
    Promise.all(names.map((name) => judge.expected("request", provenance, CANARIES[name]))),
  );
  for (const one of verdicts) expect(await one).toEqual(["block", "block", "redact", "redact"]);
});

/** Names that providers give: in an answer they are no text, and cannot be one without the provider's doing. */
const NAMED =
  /(?:^|\/)(?:id|object|model|type|role|status|code|[a-z_]*_id|finish_reason|stop_reason|done_reason|system_fingerprint|service_tier|phase|effort|obfuscation|truncation|tool_choice|verbosity|prompt_cache_retention|prompt_cache_key|reason|category|media_type|error_code|inference_geo|speed|expires_at|toolset_name|encoding_format|severity|provider|responseId|stopReason|toolUseId|latency|modelVersion|finishReason|blockReason|probability|language|outcome|mimeType|modality|trafficType|serviceTier)$/;
/** Alternatives to tokens are passed over up to a length; tokens that do not spell their text are unscannable. */
const isSpelling = (path: string, unscannable: readonly { readonly reason: string }[]): boolean =>
  path.includes("/top_logprobs/") ||
  (path.includes("logprobs/") && unscannable.some(({ reason }) => reason.startsWith("log probabilities")));
const bare = (path: string): string => path.replaceAll(/\{[^}]*\}/g, "");

describe.each(DESCRIBED.map((one) => [`${one.protocol} ${one.endpoint}`, one] as const))("%s", (_, described) => {
  const endpoint = endpointOf(described);

  test("reads every string field of a request", async () => {
    const problems: string[] = [];
    let read = 0;
    for (const { path, fill } of types.fieldsOf(described.request)) {
      for (const [name, text] of canaries) {
        const decoded = endpoint.decodeRequest(sent(endpoint, fill(text)));
        // What cannot be understood is refused: nothing of it goes on.
        if (!decoded.ok) continue;
        const found = decoded.value.segments.filter((segment) => segment.text === text);
        const [segment] = found;
        if (segment === undefined || found.length > 1) problems.push(`${path}: ${name} is read ${found.length} times`);
        else {
          read += 1;
          const verdict = judge.request(decoded.value);
          const alone = await judge.expected("request", segment.provenance, text);
          if (verdict !== alone) problems.push(`${path}: ${name} is ${verdict}, alone ${alone}`);
        }
      }
    }
    expect(problems).toEqual([]);
    // Each canary in one field at least: a part of an upload has no other words than its file's name.
    expect(read).toBeGreaterThanOrEqual(names.length);
  });

  test.runIf(described.answer !== undefined)("reads every string field of an answer", async () => {
    const problems: string[] = [];
    for (const { path, fill } of types.fieldsOf(described.answer ?? described.request)) {
      for (const [name, text] of canaries) {
        const decoded = endpoint.decodeResponse(scanned(fill(text)), 0);
        if (!decoded.ok) continue;
        const found = decoded.value.segments.filter((segment) => segment.text === text);
        const [segment] = found;
        if (segment === undefined) {
          const isName = name === "secret" && NAMED.test(bare(path));
          if (!isName && !isSpelling(path, decoded.value.unscannable)) problems.push(`${path}: ${name} is not read`);
          continue;
        }
        const verdict = await judge.answer(decoded.value);
        const alone = await judge.expected("response", segment.provenance, text);
        // A call's arguments are judged as arguments, too, which is never less.
        if (verdict !== alone && decoded.value.toolCalls.length === 0)
          problems.push(`${path}: ${name} is ${verdict}, alone ${alone}`);
      }
    }
    expect(problems).toEqual([]);
  });

  test.runIf(described.event !== undefined)("reads every string field of a stream's events", () => {
    const problems: string[] = [];
    for (const { path, fill } of types.fieldsOf(described.event ?? described.request)) {
      for (const [name, text] of canaries) {
        const event = fill(text);
        const decoder = endpoint.streamDecoder?.(0);
        for (const before of eventsBefore(described.protocol, event)) decoder?.decode(JSON.stringify(before));
        const decoded = decoder?.decode(JSON.stringify(event));
        if (decoded?.ok !== true) continue;
        const isRead = decoded.value.texts.some(({ delta }) => delta === text);
        const isName = name === "secret" && NAMED.test(bare(path));
        if (!isRead && !isName && !isSpelling(path, decoded.value.unscannable))
          problems.push(`${path}: ${name} is not read`);
      }
    }
    expect(problems).toEqual([]);
  });
});

test("the published table is the one that was tested", () => {
  expect(readFileSync(INSPECTED_FIELDS_FILE, "utf8")).toBe(inspectedFields(types));
});
