import {
  CARD_ASKED,
  CONFIG_ASKED,
  CONFIGS_ASKED,
  LIST_ASKED,
  PUSH_CONFIG,
  SENT,
  TASK_ASKED,
  TASK_ENDED,
  TASK_WATCHED,
  type Form,
} from "./forms.ts";

/** What a caller may ask of an agent, and what that is to whoever judges it. */
export interface Operation {
  /** Its parameters. */
  readonly form: Form;
  /** Answered by a stream of events. */
  readonly streams?: true;
  /**
   * Name of the call that it is: words or addresses of the caller go to somebody else. Absent: it reads, or ends, what
   * was asked for earlier.
   */
  readonly act?: "SendMessage" | "CreateTaskPushNotificationConfig";
}

/** Says which version is spoken; without it an agent speaks 0.3. */
export const VERSION_HEADER = { "a2a-version": "1.0" } as const;

/** Methods of A2A 1.0, by their names in the JSON-RPC binding. What is not here is refused: nobody would know what it carries. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["SendMessage", { form: SENT, act: "SendMessage" }],
  ["SendStreamingMessage", { form: SENT, act: "SendMessage", streams: true }],
  ["GetTask", { form: TASK_ASKED }],
  ["ListTasks", { form: LIST_ASKED }],
  ["CancelTask", { form: TASK_ENDED }],
  ["SubscribeToTask", { form: TASK_WATCHED, streams: true }],
  ["CreateTaskPushNotificationConfig", { form: PUSH_CONFIG, act: "CreateTaskPushNotificationConfig" }],
  ["GetTaskPushNotificationConfig", { form: CONFIG_ASKED }],
  ["ListTaskPushNotificationConfigs", { form: CONFIGS_ASKED }],
  ["DeleteTaskPushNotificationConfig", { form: CONFIG_ASKED }],
  ["GetExtendedAgentCard", { form: CARD_ASKED }],
]);

/** Methods of the versions before 1.0, whose messages have another form. */
export const OLD_METHOD = /^(?:message|tasks|agent)\/[A-Za-z/]{1,60}$/;

/** The call that stands for words that go to an agent; its definition is the agent's card. */
export const SEND_MESSAGE = "SendMessage";

/** Reading the public card; an operation of HTTP alone. */
export const GET_CARD = "GetAgentCard";
export const GET_EXTENDED_CARD = "GetExtendedAgentCard";
