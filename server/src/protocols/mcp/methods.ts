/** The revision with sessions, and the one without. */
export type Era = "legacy" | "modern";

export const MODERN_VERSION = "2026-07-28";
/** Newest first. Older ones answer on two endpoints, or in batches, and are not spoken. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/** Who a request is for, by what names it. */
export type Target =
  /** Answered here. */
  | "own"
  /** All servers, their lists put together. */
  | "all"
  | "tool"
  | "prompt"
  | "resource"
  | "task"
  /** A prompt or a resource, by `ref`. */
  | "completion";

export interface Method {
  readonly eras: readonly Era[];
  readonly target: Target;
  /** Member of `params` that names what is asked for; also what `Mcp-Name` repeats. */
  readonly names?: "name" | "uri" | "taskId";
}

const BOTH: readonly Era[] = ["legacy", "modern"];
const LEGACY: readonly Era[] = ["legacy"];
const MODERN: readonly Era[] = ["modern"];

/** Requests of clients. What is not here is refused: nobody would know what it carries. */
export const CLIENT_REQUESTS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["initialize", { eras: LEGACY, target: "own" }],
  ["ping", { eras: LEGACY, target: "own" }],
  ["logging/setLevel", { eras: LEGACY, target: "all" }],
  ["server/discover", { eras: MODERN, target: "own" }],
  ["subscriptions/listen", { eras: MODERN, target: "own" }],
  ["tools/list", { eras: BOTH, target: "all" }],
  ["tools/call", { eras: BOTH, target: "tool", names: "name" }],
  ["prompts/list", { eras: BOTH, target: "all" }],
  ["prompts/get", { eras: BOTH, target: "prompt", names: "name" }],
  ["resources/list", { eras: BOTH, target: "all" }],
  ["resources/templates/list", { eras: BOTH, target: "all" }],
  ["resources/read", { eras: BOTH, target: "resource", names: "uri" }],
  ["resources/subscribe", { eras: LEGACY, target: "resource", names: "uri" }],
  ["resources/unsubscribe", { eras: LEGACY, target: "resource", names: "uri" }],
  ["completion/complete", { eras: BOTH, target: "completion" }],
  ["tasks/get", { eras: BOTH, target: "task", names: "taskId" }],
  ["tasks/result", { eras: LEGACY, target: "task", names: "taskId" }],
  ["tasks/list", { eras: LEGACY, target: "all" }],
  ["tasks/update", { eras: MODERN, target: "task", names: "taskId" }],
  ["tasks/cancel", { eras: BOTH, target: "task", names: "taskId" }],
]);

export const CLIENT_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
]);

/** Requests of servers, with the capability of the client that each needs. */
export const SERVER_REQUESTS: ReadonlyMap<string, string> = new Map([
  ["ping", ""],
  ["sampling/createMessage", "sampling"],
  ["elicitation/create", "elicitation"],
  ["roots/list", "roots"],
]);

export const SERVER_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/progress",
  "notifications/message",
  "notifications/cancelled",
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/elicitation/complete",
  "notifications/tasks/status",
  "notifications/tasks",
]);

/** The member of a result that holds the items of a list. */
export const LIST_MEMBERS: ReadonlyMap<string, string> = new Map([
  ["tools/list", "tools"],
  ["prompts/list", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resourceTemplates"],
  ["tasks/list", "tasks"],
]);
