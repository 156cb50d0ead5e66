/** What a caller may ask of an agent, and what that is to whoever judges it. */
export interface Operation {
  /** Answered by a stream of events. */
  readonly streams?: true;
  /**
   * Name of the call that it is: words or addresses of the caller go to somebody else. Absent: it reads, or ends, what
   * was asked for earlier.
   */
  readonly act?: "SendMessage" | "CreateTaskPushNotificationConfig";
}

/** Methods of A2A 1.0, by their names in the JSON-RPC binding. What is not here is refused: nobody would know what it carries. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["SendMessage", { act: "SendMessage" }],
  ["SendStreamingMessage", { act: "SendMessage", streams: true }],
  ["GetTask", {}],
  ["ListTasks", {}],
  ["CancelTask", {}],
  ["SubscribeToTask", { streams: true }],
  ["CreateTaskPushNotificationConfig", { act: "CreateTaskPushNotificationConfig" }],
  ["GetTaskPushNotificationConfig", {}],
  ["ListTaskPushNotificationConfigs", {}],
  ["DeleteTaskPushNotificationConfig", {}],
  ["GetExtendedAgentCard", {}],
]);

/** Methods of the versions before 1.0, whose messages have another form. */
export const OLD_METHOD = /^(?:message|tasks|agent)\/[A-Za-z/]{1,60}$/;

/** The call that stands for words that go to an agent; its definition is the agent's card. */
export const SEND_MESSAGE = "SendMessage";

/** Reading the public card; an operation of HTTP alone. */
export const GET_CARD = "GetAgentCard";
export const GET_EXTENDED_CARD = "GetExtendedAgentCard";
