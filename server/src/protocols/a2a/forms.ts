import { escapePointer } from "#platform";
import { isObject } from "../json/json-access.ts";

/**
 * What may stand somewhere in a request, or in an event of a stream. `text`: a string. `any`: what the application says for itself. A pattern: a
 * number, a truth value or a string of that form, for what is judged by no policy.
 */
export type Form =
  | "text"
  | "any"
  | RegExp
  | { readonly members: ReadonlyMap<string, Form> }
  | { readonly items: Form; readonly max: number };

/** What does not fit, and where. */
export interface Misfit {
  readonly pointer: string;
  readonly message: string;
}

const object = (members: Readonly<Record<string, Form>>): Form => ({ members: new Map(Object.entries(members)) });
const listOf = (items: Form, max: number): Form => ({ items, max });

const LIST_MAX = 100;
/** Of a message. */
export const PARTS_MAX = 1_000;
const NAME = /^[\w.:@-]{0,200}$/;
const TOKEN = /^[\w.=+-]{0,400}$/;
const COUNT = /^\d{1,10}$/;
const YES_OR_NO = /^(?:true|false)$/;
const NOTHING = object({});

const PART = object({
  text: "text",
  raw: "text",
  url: "text",
  data: "any",
  metadata: "any",
  filename: "text",
  mediaType: "text",
});
const MESSAGE = object({
  messageId: "text",
  contextId: "text",
  taskId: "text",
  role: "text",
  parts: listOf(PART, PARTS_MAX),
  metadata: "any",
  extensions: listOf("text", LIST_MAX),
  referenceTaskIds: listOf("text", LIST_MAX),
});

export const PUSH_CONFIG = object({
  tenant: NAME,
  id: "text",
  taskId: "text",
  url: "text",
  token: "text",
  authentication: object({ scheme: "text", credentials: "text" }),
});
export const SENT = object({
  tenant: NAME,
  message: MESSAGE,
  configuration: object({
    acceptedOutputModes: listOf("text", LIST_MAX),
    taskPushNotificationConfig: PUSH_CONFIG,
    historyLength: COUNT,
    returnImmediately: YES_OR_NO,
  }),
  metadata: "any",
});
export const TASK_ASKED = object({ tenant: NAME, id: NAME, historyLength: COUNT });
/** Metadata would be words to the agent that no policy judges. */
export const TASK_ENDED = object({ tenant: NAME, id: NAME, metadata: NOTHING });
export const TASK_WATCHED = object({ tenant: NAME, id: NAME });
export const LIST_ASKED = object({
  tenant: NAME,
  contextId: NAME,
  status: /^TASK_STATE_[A-Z_]{1,40}$/,
  pageSize: COUNT,
  pageToken: TOKEN,
  historyLength: COUNT,
  statusTimestampAfter: /^[\dTZ.:+-]{1,60}$/,
  includeArtifacts: YES_OR_NO,
});
export const CONFIG_ASKED = object({ tenant: NAME, taskId: NAME, id: NAME });
export const CONFIGS_ASKED = object({ tenant: NAME, taskId: NAME, pageSize: COUNT, pageToken: TOKEN });
export const CARD_ASKED = object({ tenant: NAME });

const SAID: Readonly<Record<string, Form>> = {
  task: "any",
  message: "any",
  statusUpdate: "any",
  artifactUpdate: object({
    taskId: "text",
    contextId: "text",
    artifact: object({
      artifactId: "text",
      name: "text",
      description: "text",
      parts: listOf(PART, PARTS_MAX),
      metadata: "any",
      extensions: listOf("text", LIST_MAX),
    }),
    append: YES_OR_NO,
    lastChunk: YES_OR_NO,
    metadata: "any",
  }),
};
/** An event of a stream. Pieces of an artifact are put together by these names, so an agent may use no others. */
export const REST_EVENT = object({ ...SAID, error: "any" });
export const RPC_EVENT = object({ jsonrpc: "text", id: "any", result: object(SAID), error: "any" });

const KEY = /^\w{1,60}$/;

const misfit = (pointer: string, message: string): Misfit => ({ pointer, message });

/**
 * What does not fit; undefined where all does. Agents read more spellings than one (ProtoJSON takes
 * `task_push_notification_config`, too), and what is read here under one name only would pass under the other.
 */
export const misfitOf = (value: unknown, form: Form, pointer: string): Misfit | undefined => {
  // In ProtoJSON the same as an absent member.
  if (form === "any" || value === null || value === undefined) return undefined;
  if (form === "text") return typeof value === "string" ? undefined : misfit(pointer, "This is not a string");
  if (form instanceof RegExp) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return isPlain && form.test(value.toString()) ? undefined : misfit(pointer, "This is not of the form it has here");
  }
  if ("items" in form) {
    if (!Array.isArray(value) || value.length > form.max)
      return misfit(pointer, `This is not a list of at most ${form.max}`);
    return firstMisfit(
      [...value.entries()],
      (at) => `${pointer}/${at}`,
      () => form.items,
    );
  }
  if (!isObject(value)) return misfit(pointer, "This is not an object");
  const unknown = Object.keys(value).find((key) => !form.members.has(key));
  if (unknown !== undefined) {
    const place = KEY.test(unknown) ? `${pointer}/${escapePointer(unknown)}` : pointer;
    return misfit(place, "Version 1.0 of A2A has no such member here, in this spelling");
  }
  return firstMisfit(
    Object.entries(value),
    (key) => `${pointer}/${key}`,
    (key) => form.members.get(key) ?? "any",
  );
};

const firstMisfit = <K>(
  entries: readonly (readonly [K, unknown])[],
  pointerOf: (key: K) => string,
  formOf: (key: K) => Form,
): Misfit | undefined => {
  for (const [key, value] of entries) {
    const found = misfitOf(value, formOf(key), pointerOf(key));
    if (found !== undefined) return found;
  }
  return undefined;
};
