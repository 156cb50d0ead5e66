import type { SourceTransport } from "@parapet/model";
import { isOneLine, joinMessages } from "./messages.ts";
import type { Transport, TransportTools } from "./transport.ts";

const BATCH_MAX = 500;
const GATHER_MS = 250;

/** The transport's options with its password by value. */
export type KafkaOptions = Extract<SourceTransport, { readonly kind: "kafka" }>;

/** What of a message is read, and how its offset is committed. */
export interface KafkaMessage {
  readonly value: Buffer | null | undefined;
  readonly commit: () => void | Promise<void>;
}

/** Delivers messages in order; offsets are committed once what stands before them is durable. False when the end came. */
export const deliverMessages = async (
  messages: readonly KafkaMessage[],
  tools: Pick<TransportTools, "deliver">,
): Promise<boolean> => {
  const values = messages.flatMap(({ value }) =>
    value === null || value === undefined || value.length === 0 ? [] : [value],
  );
  const joined = values.filter(isOneLine);
  const payloads = [
    ...(joined.length > 0 ? [joinMessages(joined)] : []),
    ...values.filter((value) => !isOneLine(value)),
  ];
  for (const bytes of payloads) if (!(await tools.deliver({ bytes, contentType: "" }))) return false;
  for (const message of messages) await message.commit();
  return true;
};

/** A topic through a consumer group: Kafka keeps the position. */
export const consumeKafka = (options: KafkaOptions, tools: TransportTools): Transport => {
  const { signal } = tools;
  return {
    run: async () => {
      // Half a second of loading that no process should pay for that reads no Kafka.
      const { Consumer } = await import("@platformatic/kafka");
      const { brokers, topic, group, user, password, tls } = options;
      const consumer = new Consumer({
        clientId: "parapet",
        groupId: group,
        bootstrapBrokers: [...brokers],
        ...(tls && { tls: {} }),
        ...(user !== undefined && { sasl: { mechanism: "PLAIN" as const, username: user, password: password ?? "" } }),
      });
      try {
        const stream = await consumer.consume({
          topics: [topic],
          autocommit: false,
          mode: "committed",
          fallbackMode: "earliest",
        });
        tools.setProblem(undefined);
        signal.addEventListener("abort", () => void stream.close(), { once: true });
        let batch: KafkaMessage[] = [];
        let sinceMs = tools.clock.monotonic();
        for await (const message of stream) {
          batch.push(message);
          // The client waits no longer than its fetch for more, so a batch does not stand long.
          if (batch.length < BATCH_MAX && tools.clock.monotonic() - sinceMs < GATHER_MS && stream.readableLength > 0)
            continue;
          if (!(await deliverMessages(batch, tools))) return;
          batch = [];
          sinceMs = tools.clock.monotonic();
        }
        if (!signal.aborted) throw new Error("the stream of messages ended");
      } finally {
        await consumer.close(true);
      }
    },
  };
};
