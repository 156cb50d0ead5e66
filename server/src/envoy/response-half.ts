import type { IncomingMessage } from "node:http";
import { setImmediate as afterTurn } from "node:timers/promises";
import { mediaType } from "#gateway";
import { Fault } from "#platform";
import {
  bodyAnswer,
  headersAnswer,
  ownHeaders,
  plainHeaders,
  streamedAnswers,
  trailersAnswer,
  type HeaderChanges,
} from "./answers.ts";
import type { Asked } from "./ask-gateway.ts";
import type { BodyMode, ResponseBody, ResponseHead, ResponseShown, ShownHeader } from "./messages.ts";
import { collect, type Teller } from "./teller.ts";

/** `more`: of the answer something is still to come; `trailers`: only they may; `over`: Envoy was told all. */
export type ResponseState = "more" | "trailers" | "over";

export interface ResponseHalf {
  readonly take: (shown: ResponseShown) => Promise<ResponseState>;
  /** Whether the gateway's own answer can still stand in place of this one. */
  readonly canReplace: () => boolean;
}

/** Stops what can be stopped no other way: the caller gets a broken answer, never one that nobody let go. */
export class CutOff extends Error {
  override readonly name = "CutOff";
}

/** An answer as Envoy shows it: the gateway reads it through the bridge, and what it answers is what Envoy is told. */
export const createResponseHalf = (
  { bridge, answered }: Asked,
  mode: BodyMode,
  verdict: Readonly<Record<string, string>>,
  teller: Teller,
  /** Told of what goes on beside the messages: when it ends, Envoy was told all. */
  watch: (work: Promise<void>) => void,
): ResponseHalf => {
  let head: ResponseHead | undefined;
  let released: ReturnType<typeof gather> | undefined;
  let pumping: Promise<void> | undefined;
  const upstreamEnd = Promise.withResolvers<"end" | "trailers">();
  const statusOf = (): number => Number(head?.headers.find(([name]) => name === ":status")?.[1] ?? 0);

  /** `shown`: what Envoy would send on. */
  const tellWhole = async (at: "headers" | "body", shown: Buffer): Promise<boolean> => {
    const answer = await answered;
    const body = await collect(answer);
    // No header can be followed by a body that was not there.
    if (answer.statusCode !== statusOf() || (at === "headers" && body.length > 0)) {
      await teller.immediateOf(answer, body);
      return false;
    }
    teller.name(plainHeaders(answer));
    const isSame = body.equals(shown);
    const changes = responseChanges(answer, head?.headers ?? [], isSame ? undefined : body.length);
    await teller.tell(
      at === "headers"
        ? headersAnswer("response", changes)
        : bodyAnswer("response", isSame ? undefined : body, changes),
    );
    return true;
  };

  const takeHead = async (shown: ResponseHead): Promise<ResponseState> => {
    head = shown;
    bridge.show(statusOf(), headersOf(shown.headers));
    if (shown.isEnd) {
      bridge.end();
      await tellWhole("headers", NO_BYTES);
      return "over";
    }
    if (mode === "none" || mode === "grpc") {
      bridge.fail(new Fault("not_inspected", { message: NOT_SHOWN }));
      await teller.immediate(await answered);
      return "over";
    }
    if (mode === "full-duplex") {
      pumping = pump();
      watch(pumping);
      return "more";
    }
    if (mode === "streamed" || mode === "unknown") {
      const early = await Promise.race([bridge.wanted, answered]);
      if (early !== undefined) {
        await teller.immediate(early);
        return "over";
      }
      await teller.tell(headersAnswer("response", { set: ownHeaders(verdict), remove: [] }));
      return "more";
    }
    await teller.tell(headersAnswer("response"));
    return "more";
  };

  /** Sends on what the gateway lets go, as it does. */
  const pump = async (): Promise<void> => {
    const answer = await answered;
    if (answer.statusCode !== statusOf()) return teller.immediate(answer);
    teller.name(plainHeaders(answer));
    await teller.tell(headersAnswer("response", responseChanges(answer, head?.headers ?? [], undefined)));
    for await (const piece of answer) {
      if (!Buffer.isBuffer(piece)) continue;
      for (const message of streamedAnswers("response", piece, false)) await teller.tell(message);
    }
    if ((await upstreamEnd.promise) === "trailers") return teller.tell(trailersAnswer("response"));
    for (const message of streamedAnswers("response", NO_BYTES, true)) await teller.tell(message);
  };

  const finishPump = async (how: "end" | "trailers"): Promise<ResponseState> => {
    bridge.end();
    upstreamEnd.resolve(how);
    await pumping;
    return "over";
  };

  const takeBody = async (shown: ResponseBody): Promise<ResponseState> => {
    if (mode === "full-duplex") {
      bridge.push(shown.bytes);
      // Envoy shows no more than its caller takes.
      if (bridge.waitingBytes() > WAITING_BYTES_MAX) await bridge.settled();
      return shown.isEnd ? finishPump("end") : "more";
    }
    if (
      mode === "buffered" ||
      mode === "buffered-partial" ||
      (mode === "unknown" && released === undefined && shown.isEnd)
    ) {
      bridge.push(shown.bytes);
      if (mode === "buffered-partial" && !shown.isEnd)
        bridge.fail(new Fault("not_inspected", { message: "Only a part of the answer was shown to be judged." }));
      else bridge.end();
      const isTold = await tellWhole("body", shown.bytes);
      return isTold && !shown.isEnd ? "trailers" : "over";
    }
    released ??= gather(answered);
    bridge.push(shown.bytes);
    if (shown.isEnd) {
      bridge.end();
      await released.ended;
    } else {
      await Promise.race([bridge.settled(), released.ended]);
      // What the gateway wrote is on its way through the connection within the process.
      await afterTurn();
    }
    await teller.tell(bodyAnswer("response", released.take()));
    return shown.isEnd ? "over" : "more";
  };

  const takeTrailers = async (): Promise<ResponseState> => {
    if (mode === "full-duplex") return finishPump("trailers");
    bridge.end();
    released ??= gather(answered);
    await released.ended;
    if (released.take().length > 0)
      throw new CutOff(
        "the answer ends with trailers, and what was held back of it cannot be sent on; show it in FULL_DUPLEX_STREAMED",
      );
    await teller.tell(trailersAnswer("response"));
    return "over";
  };

  return {
    take: (shown) => {
      if (shown.kind === "response-headers") return takeHead(shown);
      return shown.kind === "response-body" ? takeBody(shown) : takeTrailers();
    },
    canReplace: () => head === undefined || mode === "buffered" || mode === "buffered-partial",
  };
};

const NOT_SHOWN = "The answer's body is not shown, so nobody could judge it: Envoy's response_body_mode says so.";
const WAITING_BYTES_MAX = 256 * 1024;
const NO_BYTES = Buffer.alloc(0);

/** Bytes of an answer as the gateway writes them. */
const gather = (answered: Promise<IncomingMessage>) => {
  let pieces: Buffer[] = [];
  const read = async (): Promise<void> => {
    const answer = await answered;
    for await (const piece of answer) if (Buffer.isBuffer(piece)) pieces.push(piece);
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    ended,
    take: (): Buffer => {
      const taken = Buffer.concat(pieces);
      pieces = [];
      return taken;
    },
  };
};

const headersOf = (shown: readonly ShownHeader[]): Record<string, string | readonly string[]> => {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of shown) {
    if (name.startsWith(":")) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(typeof before === "string" ? [before] : before), value];
  }
  return headers;
};

/** `length`: of a body that is put in place of the one that was shown. */
const responseChanges = (
  answer: IncomingMessage,
  shown: readonly ShownHeader[],
  length: number | undefined,
): HeaderChanges => {
  const headers = plainHeaders(answer);
  const before = new Map(shown);
  const type = headers["content-type"];
  const set = {
    ...ownHeaders(headers),
    ...(type !== undefined && mediaType(before.get("content-type")) !== mediaType(type) && { "content-type": type }),
    ...(length !== undefined && before.has("content-length") && { "content-length": length.toString() }),
  };
  // What stands in place of a packed answer is not packed.
  return { set, remove: length !== undefined && before.has("content-encoding") ? ["content-encoding"] : [] };
};
