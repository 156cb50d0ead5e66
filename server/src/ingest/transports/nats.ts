import { setTimeout as wait } from "node:timers/promises";
import { AckPolicy, jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { SourceTransport } from "@parapet/model";
import { isOneLine, joinMessages } from "./messages.ts";
import type { Transport, TransportTools } from "./transport.ts";

const BATCH_MAX = 500;
const FETCH_MS = 1_000;
const CONNECT_MS = 5_000;
/** Not acknowledged for so long, a message is sent again. */
const ACK_WAIT_NS = 60_000_000_000;

/** The transport's options with its password by value. */
export type NatsOptions = Extract<SourceTransport, { readonly kind: "nats" }>;

/** A JetStream stream through a durable consumer: NATS keeps the position, moved by acknowledgements. */
export const consumeNats = (options: NatsOptions, tools: TransportTools): Transport => {
  const { signal } = tools;

  /** True once all are durable; only then are they acknowledged. */
  const deliver = async (messages: readonly JsMsg[]): Promise<boolean> => {
    const joined = messages.filter(({ data }) => isOneLine(data)).map(({ data }) => data);
    const alone = messages.filter(({ data }) => !isOneLine(data)).map(({ data }) => data);
    const payloads = [...(joined.length > 0 ? [joinMessages(joined)] : []), ...alone];
    for (const bytes of payloads) if (!(await tools.deliver({ bytes, contentType: "" }))) return false;
    for (const message of messages) message.ack();
    return true;
  };

  return {
    run: async () => {
      const { servers, user, password, stream, consumer, subject } = options;
      const connection = await connect({
        servers: [...servers],
        name: "parapet",
        timeout: CONNECT_MS,
        maxReconnectAttempts: 10,
        ...(user !== undefined && { user, ...(password !== undefined && { pass: password }) }),
      });
      try {
        const manager = await jetstreamManager(connection);
        await manager.consumers.add(stream, {
          durable_name: consumer,
          ack_policy: AckPolicy.Explicit,
          ack_wait: ACK_WAIT_NS,
          ...(subject !== undefined && { filter_subject: subject }),
        });
        const pulled = await jetstream(connection).consumers.get(stream, consumer);
        tools.setProblem(undefined);
        while (!signal.aborted) {
          if (connection.isClosed()) throw new Error("the connection to NATS was closed");
          const messages: JsMsg[] = [];
          for await (const message of await pulled.fetch({ max_messages: BATCH_MAX, expires: FETCH_MS }))
            messages.push(message);
          if (messages.length > 0 && !(await deliver(messages))) break;
        }
        await Promise.race([connection.drain(), wait(CONNECT_MS)]);
      } finally {
        if (!connection.isClosed()) await connection.close();
      }
    },
  };
};
