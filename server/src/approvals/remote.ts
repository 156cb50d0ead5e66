import { Approval, ExchangeOrigin, HeldContent, HELD_KINDS, TenantId, Verdict } from "@parapet/model";
import { z } from "zod";
import type { ApprovalGate, Asked, HeldExchange, Waiting } from "./held.ts";

/** A wait on the monitor's side is asked for again after this. */
const LONGEST_WAIT_MS = 20_000;
const THINGS_MAX = 200;

const Bytes = z.base64().transform((text) => Buffer.from(text, "base64"));
const KeptAnswer = z.object({ status: z.int(), contentType: z.string(), body: Bytes });
const Held = z.object({
  origin: ExchangeOrigin,
  requestDigest: z.string(),
  risk: z.number(),
  things: z
    .array(
      z.object({
        what: z.enum(HELD_KINDS),
        digest: z.string(),
        server: z.string(),
        tool: z.string(),
        content: HeldContent,
        verdict: Verdict,
      }),
    )
    .min(1)
    .max(THINGS_MAX),
  answer: KeptAnswer.optional(),
});
const Question = z.discriminatedUnion("ask", [
  z.object({ ask: z.literal("held"), held: Held }),
  z.object({ ask: z.literal("waiting"), tenant: TenantId, requestDigest: z.string().min(1) }),
  z.object({ ask: z.literal("settled"), ids: z.array(z.string()).max(THINGS_MAX), timeoutMs: z.number().positive() }),
]);
type Question = z.input<typeof Question>;

const Approvals = z.array(Approval);
const AskedAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("passes"), approvals: z.array(z.string()) }),
  z.object({ kind: z.enum(["waits", "denied"]), approvals: Approvals }),
  z.object({ kind: z.literal("refused"), reason: z.string() }),
]);
const WaitingAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["waits", "denied"]), approvals: Approvals }),
  z.object({ kind: z.literal("approved"), answer: KeptAnswer.optional() }),
  z.object({ kind: z.literal("nothing") }),
]);

const answerText = (answer: HeldExchange["answer"]) =>
  answer === undefined ? undefined : { ...answer, body: answer.body.toString("base64") };

/** The monitor's side of the control channel: answers what {@link createRemoteGate} asks. Throws `ZodError` for anything else. */
export const answerGate = async (gate: ApprovalGate, question: unknown): Promise<unknown> => {
  const asked = Question.parse(question);
  switch (asked.ask) {
    case "held":
      return gate.ask(asked.held);
    case "waiting": {
      const found = await gate.waiting(asked.tenant, asked.requestDigest);
      if (found === undefined) return { kind: "nothing" };
      return found.kind === "approved" ? { ...found, answer: answerText(found.answer) } : found;
    }
    case "settled": {
      const ids = asked.ids.map((id) => ({ id }));
      await gate.settled(ids, { timeoutMs: Math.min(asked.timeoutMs, LONGEST_WAIT_MS) });
      return {};
    }
  }
};

export interface RemoteGate extends ApprovalGate {
  /** Takes over what the monitor said last of requests that something waits for. */
  readonly refresh: (requests: readonly string[]) => void;
}

/** Approvals as a gateway on a machine of its own has them: kept by its monitor. */
export const createRemoteGate = (options: {
  readonly key: Buffer;
  readonly addressOf: ApprovalGate["addressOf"];
  /** Answers the body of the monitor's answer, parsed; rejects when it cannot be asked. */
  readonly post: (question: string, signal?: AbortSignal) => Promise<unknown>;
}): RemoteGate => {
  const requests = new Set<string>();
  const post = (question: Question, signal?: AbortSignal): Promise<unknown> =>
    options.post(JSON.stringify(question), signal);
  return {
    key: options.key,
    addressOf: options.addressOf,
    requests: () => requests,
    refresh: (known) => {
      requests.clear();
      for (const digest of known) requests.add(digest);
    },
    ask: async (held): Promise<Asked> => {
      const { answer, ...rest } = held;
      const things = rest.things.map((thing) => ({ ...thing }));
      const asked = AskedAnswer.parse(
        await post({ ask: "held", held: { ...rest, things, answer: answerText(answer) } }),
      );
      if (asked.kind === "waits" && held.requestDigest !== "") requests.add(held.requestDigest);
      return asked;
    },
    waiting: async (tenant, requestDigest): Promise<Waiting | undefined> => {
      const found = WaitingAnswer.parse(await post({ ask: "waiting", tenant, requestDigest }));
      if (found.kind === "nothing") return undefined;
      return found.kind === "approved" ? { kind: "approved", answer: found.answer } : found;
    },
    settled: async (approvals, { timeoutMs, signal }) => {
      await post({ ask: "settled", ids: approvals.map(({ id }) => id), timeoutMs }, signal).catch((error: unknown) => {
        // Whoever left waits for nothing.
        if (signal?.aborted !== true) throw error;
      });
    },
  };
};
