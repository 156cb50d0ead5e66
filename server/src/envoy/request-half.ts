import {
  bodyAnswer,
  headersAnswer,
  ownHeaders,
  requestChanges,
  streamedAnswers,
  trailersAnswer,
  type HeaderChanges,
} from "./answers.ts";
import type { Asked, Question } from "./ask-gateway.ts";
import type { RequestBody, RequestHead, RequestShown } from "./messages.ts";
import type { Teller } from "./teller.ts";

/** `more`: of the request something is still to come; `goes`: the gateway let it go; `stopped`: Envoy was told an answer. */
export type RequestState = "more" | "goes" | "stopped";

export interface RequestHalf {
  readonly take: (shown: RequestShown) => Promise<RequestState>;
  /** Refuses a request of which no more than a part is shown. */
  readonly refusePart: () => Promise<void>;
  /** Present once something was asked. */
  readonly asked: () => Asked | undefined;
}

/**
 * A request as Envoy shows it. Its bytes are held until the gateway lets all of them go: of a body in pieces, those
 * before the last are taken out and the last becomes the whole.
 */
export const createRequestHalf = (
  open: (head: RequestHead, bodyBytes: Question["bodyBytes"]) => Asked,
  teller: Teller,
): RequestHalf => {
  let head: RequestHead | undefined;
  let asked: Asked | undefined;
  /** Bytes that Envoy was told to take out, and that only a piece of the body can carry back. */
  let isTakenOut = false;

  const start = (bodyBytes: Question["bodyBytes"]): Asked => {
    if (head === undefined) throw new Error("nothing was shown yet");
    asked = open(head, bodyBytes);
    return asked;
  };

  /** Waits for what becomes of the request, and says it in the answer to what was shown last. */
  const settle = async (question: Asked, last: RequestShown): Promise<RequestState> => {
    question.end();
    const outcome = await question.outcome;
    if (outcome.kind === "answered") {
      await teller.immediate(outcome.answer);
      return "stopped";
    }
    const { headers, body = NO_BYTES, verdict = {} } = outcome.sent;
    teller.name(verdict);
    const changes = requestChanges(head?.headers ?? [], headers, ownHeaders(verdict));
    if (head?.modes.request === "full-duplex" && !head.isEnd) await tellStreamed(body, changes, last);
    else if (last.kind === "request-headers") await teller.tell(headersAnswer("request", changes));
    else if (last.kind === "request-trailers") await teller.tell(trailersAnswer("request"));
    else {
      const isSame = !isTakenOut && body.equals(last.bytes);
      await teller.tell(bodyAnswer("request", isSame ? undefined : body, isSame ? changes : withLength(changes, body)));
    }
    return "goes";
  };

  const tellStreamed = async (body: Buffer, changes: HeaderChanges, last: RequestShown): Promise<void> => {
    const isLast = last.kind !== "request-trailers";
    await teller.tell(headersAnswer("request", changes));
    for (const piece of streamedAnswers("request", body, isLast)) await teller.tell(piece);
    if (!isLast) await teller.tell(trailersAnswer("request"));
  };

  /** Envoy checks what the caller announced against what it is told. */
  const withLength = (changes: HeaderChanges, body: Buffer): HeaderChanges =>
    head?.headers.some(([name]) => name === "content-length") === true
      ? { ...changes, set: { ...changes.set, "content-length": body.length.toString() } }
      : changes;

  const refusePart = async (): Promise<void> => {
    asked?.abort();
    const question = start("part");
    question.end();
    const outcome = await question.outcome;
    if (outcome.kind !== "answered") throw new Error("a part of a request was let go");
    await teller.immediate(outcome.answer);
  };

  const takeHead = async (shown: RequestHead): Promise<RequestState> => {
    head = shown;
    const mode = shown.modes.request;
    if (shown.isEnd) return settle(start(0), shown);
    if (mode === "none" || mode === "grpc") return settle(start("part"), shown);
    // Nothing follows before this is answered, but where Envoy sends on only what it is told.
    if (mode !== "full-duplex") await teller.tell(headersAnswer("request", requestChanges(shown.headers)));
    return "more";
  };

  const takeBody = async (shown: RequestBody): Promise<RequestState> => {
    const mode = head?.modes.request;
    const isWhole = shown.isEnd || mode === "buffered";
    const isPart = mode === "buffered-partial" && !shown.isEnd;
    const question = asked ?? start(isPart ? "part" : isWhole ? shown.bytes.length : undefined);
    if (!isPart) question.write(shown.bytes);
    if (isWhole || isPart) return settle(question, shown);
    if (mode !== "full-duplex") {
      isTakenOut ||= shown.bytes.length > 0;
      await teller.tell(bodyAnswer("request", NO_BYTES));
    }
    return "more";
  };

  return {
    take: async (shown) => {
      if (shown.kind === "request-headers") return takeHead(shown);
      if (shown.kind === "request-body") return takeBody(shown);
      if (!isTakenOut) return settle(asked ?? start(0), shown);
      // Trailers carry no body.
      await refusePart();
      return "stopped";
    },
    refusePart,
    asked: () => asked,
  };
};

const NO_BYTES = Buffer.alloc(0);
