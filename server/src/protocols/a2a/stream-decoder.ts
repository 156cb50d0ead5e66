import type { StringLeaf } from "#platform";
import { badEvent, partsOfStream, rewriteTexts, scanEvent, type LocatedText } from "../json/event-texts.ts";
import { isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";
import type { BlockNotice, Decoded, StreamDecoder, StreamEvent, StreamMessage } from "../protocol.ts";
import { restError, rpcError } from "./errors.ts";
import { misfitOf, REST_EVENT, RPC_EVENT } from "./forms.ts";
import { AGENT, carriesText, unreadableParts } from "./strings.ts";

const CHUNK_TEXT = /^(?:\/result)?\/artifactUpdate\/artifact\/parts\/\d+\/text$/;
/** After these the agent says nothing more until it is asked again. */
const LAST_STATE = /^TASK_STATE_(?:COMPLETED|FAILED|CANCELL?ED|REJECTED|INPUT_REQUIRED|AUTH_REQUIRED)$/;
const ARTIFACTS_MAX = 1_000;

/** An artifact that comes in pieces. */
interface Growing {
  readonly head: JsonObject;
  readonly id: string;
  /** Begins the names of its channels. */
  readonly name: string;
  readonly channels: Set<string>;
}

/**
 * Events of one stream, in order. The texts of an artifact grow from event to event; everything else is said whole.
 * `replyTo`: JSON text of the id in the JSON-RPC binding; undefined in the other.
 */
class A2aStreamDecoder implements StreamDecoder {
  readonly #replyTo: string | undefined;
  readonly #growing = new Map<string, Growing>();
  readonly #channels = new Map<string, Growing>();
  #events = 0;

  constructor(replyTo: string | undefined) {
    this.#replyTo = replyTo;
  }

  decode(data: string): Decoded<StreamEvent> {
    const scan = scanEvent(data);
    if (!scan.ok) return scan;
    const { value: body, leaves, keys } = scan.value;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    this.#events += 1;
    const isRpc = this.#replyTo !== undefined;
    const misfit = misfitOf(body, isRpc ? RPC_EVENT : REST_EVENT, "");
    if (misfit !== undefined) return badEvent(`${misfit.pointer}: ${misfit.message}`, misfit.pointer);
    const said = isRpc ? objectAt(body, "result") : body;
    const artifact = this.#artifactOf(said);
    if (this.#growing.size > ARTIFACTS_MAX) return badEvent("The stream has too many artifacts");
    const ends: string[] = [];
    const pieces = { count: 0 };
    const texts = [...leaves.filter(carriesText), ...keys].map((leaf) => this.#textOf(leaf, artifact, ends, pieces));
    if (artifact !== undefined && objectAt(said, "artifactUpdate")["lastChunk"] === true)
      ends.push(...artifact.channels);
    const finishReason = lastState(said);
    if (finishReason !== undefined) for (const { channels } of this.#growing.values()) ends.push(...channels);
    const error = isObject(body["error"]) ? stringAt(body["error"], "message") || "error" : undefined;
    return {
      ok: true,
      value: {
        texts,
        ends: [...new Set(ends)],
        unscannable: partsOfStream(unreadableParts(scan.value, AGENT), "", `/${this.#events}`),
        unfinished: 0,
        done: false,
        rewrite: (deltas) => rewriteTexts(scan.value, texts, deltas),
        ...(this.#replyTo === undefined && error !== undefined && { name: "error" }),
        ...(finishReason !== undefined && { finishReason }),
        ...(error !== undefined && { error, finishReason: "error" }),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const { head = {}, id = "" } = this.#channels.get(channel) ?? {};
    const artifact = { artifactId: id, parts: [{ text: delta }] };
    return this.#event({ artifactUpdate: { ...head, artifact, append: true } });
  }

  blocked(notice: BlockNotice): readonly StreamMessage[] {
    return [this.#failure({ status: notice.code === "approval_required" ? 403 : 400, ...notice })];
  }

  failed(notice: { readonly code: string; readonly message: string }): readonly StreamMessage[] {
    return [this.#failure({ status: 502, ...notice })];
  }

  #failure(notice: { readonly status: number; readonly code: string; readonly message: string }): StreamMessage {
    if (this.#replyTo === undefined) return { name: "error", data: JSON.stringify({ error: restError(notice) }) };
    return { data: `{"jsonrpc":"2.0","id":${this.#replyTo},"error":${JSON.stringify(rpcError(notice))}}` };
  }

  #event(said: JsonObject): StreamMessage {
    const text = JSON.stringify(said);
    return { data: this.#replyTo === undefined ? text : `{"jsonrpc":"2.0","id":${this.#replyTo},"result":${text}}` };
  }

  #artifactOf(said: JsonObject): Growing | undefined {
    const update = said["artifactUpdate"];
    if (!isObject(update)) return undefined;
    const { taskId, contextId } = update;
    const id = stringAt(update["artifact"], "artifactId");
    const key = JSON.stringify([stringAt(update, "taskId"), id]);
    const name = `artifact/${this.#growing.size}`;
    const known = this.#growing.get(key) ?? { id, name, head: { taskId, contextId }, channels: new Set<string>() };
    this.#growing.set(key, known);
    return known;
  }

  /** `pieces`: how many texts of its artifact the event had so far. A part's place says less: those of later events come behind it. */
  #textOf(leaf: StringLeaf, artifact: Growing | undefined, ends: string[], pieces: { count: number }): LocatedText {
    const { pointer, value } = leaf;
    const base = { pointer, leaf, delta: value, ...AGENT };
    if (artifact !== undefined && CHUNK_TEXT.test(pointer)) {
      const channel = `${artifact.name}/${pieces.count}`;
      pieces.count += 1;
      artifact.channels.add(channel);
      this.#channels.set(channel, artifact);
      return { ...base, channel, kind: "text" };
    }
    const channel = `event/${this.#events}${pointer}`;
    ends.push(channel);
    return { ...base, channel, kind: "whole" };
  }
}

/** What ends the conversation for now: a message, or a state of the task after which nothing follows. */
const lastState = (said: JsonObject): string | undefined => {
  if (isObject(said["message"])) return "message";
  const task = objectAt(said, isObject(said["task"]) ? "task" : "statusUpdate");
  const state = stringAt(objectAt(task, "status"), "state");
  return LAST_STATE.test(state) ? state : undefined;
};

export const createStreamDecoder = (replyTo: string | undefined): StreamDecoder => new A2aStreamDecoder(replyTo);
