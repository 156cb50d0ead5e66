import { Fault } from "#platform";
import type { Told } from "./answers.ts";
import { Unspeakable, type Asked, type Question } from "./ask-gateway.ts";
import type { BodyModes, RequestHead, RequestShown, ResponseShown, Shown } from "./messages.ts";
import { createRequestHalf, type RequestHalf } from "./request-half.ts";
import { createResponseHalf, CutOff, type ResponseHalf } from "./response-half.ts";
import { createTeller } from "./teller.ts";

/** Why a stream ends with an error: messages in an order that there is not, a request too slow, or a fault here. */
export type ProcessFailure = "disorder" | "late" | "broken";

/** How one ended, for metrics; `refused`: it never reached the gateway. */
export type ProcessEnd = "done" | "refused" | "left" | ProcessFailure;

export interface ProcessOptions {
  /** Puts a request on the gateway's road. Throws `Unspeakable`. */
  readonly ask: (head: RequestHead, bodyBytes: Question["bodyBytes"]) => Asked;
  /** Puts one message on the stream; resolves when there is room for more. */
  readonly send: (message: Told) => Promise<void>;
  /** Ends the stream: cleanly when nothing is left to judge, else with an error and its reason. */
  readonly end: (failure?: ProcessFailure, message?: string) => void;
  readonly onEnd: (how: ProcessEnd) => void;
  /** Told of what should not happen. */
  readonly note: (error: unknown) => void;
  /** Longest time until a request was shown whole. */
  readonly requestMs: number;
}

/** One stream of external processing: one request and its answer, one exchange. */
export interface Process {
  /** In the order in which they came; resolves when there is room for the next. */
  readonly take: (shown: Shown) => Promise<void>;
  /** Envoy shows no more. */
  readonly finish: () => Promise<void>;
  /** Envoy is gone, or its caller. */
  readonly leave: () => void;
}

type Phase = "start" | "request" | "goes" | "response" | "response-trailers" | "over";

/** What may come when. */
const ALLOWED: Readonly<Record<Phase, ReadonlySet<Shown["kind"]>>> = {
  start: new Set(["request-headers"]),
  request: new Set(["request-body", "request-trailers", "response-headers"]),
  goes: new Set(["request-trailers", "response-headers"]),
  response: new Set(["response-body", "response-trailers"]),
  "response-trailers": new Set(["response-trailers"]),
  over: new Set(),
};

export const createProcess = (options: ProcessOptions): Process => {
  let phase: Phase = "start";
  let isRequestEnded = false;
  let request: RequestHalf | undefined;
  let response: ResponseHalf | undefined;
  let turn = Promise.resolve();
  let isWatching = false;
  let modes: BodyModes = { request: "unknown", response: "unknown" };
  const teller = createTeller((message) => (isWatching ? Promise.resolve() : options.send(message)));

  const limit = setTimeout(
    () => fail("late", `the request was not shown whole within ${options.requestMs} ms`),
    options.requestMs,
  );
  limit.unref();

  const over = (how: ProcessEnd): boolean => {
    if (phase === "over") return false;
    phase = "over";
    clearTimeout(limit);
    options.onEnd(how);
    return true;
  };
  const fail = (failure: ProcessFailure, message: string): void => {
    if (!over(failure)) return;
    request?.asked()?.abort();
    options.end(failure, message);
  };
  const done = (): void => {
    if (over("done")) options.end();
  };
  /** Steps follow each other, whatever each waits for. */
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    turn = turn.then(step).catch(giveUp);
    return turn;
  };
  const giveUp = async (error: unknown): Promise<void> => {
    // What breaks because it was given up is no fault.
    if (phase === "over") return;
    if (error instanceof CutOff) return fail("broken", error.message);
    if (!(error instanceof Unspeakable)) {
      options.note(error);
      return fail("broken", BROKEN);
    }
    await teller.refuse(error.status, error.message);
    if (over("refused")) options.end();
  };

  const open = (head: RequestHead, bodyBytes: Question["bodyBytes"]): Asked => {
    const asked = options.ask(head, bodyBytes);
    // An answer that the gateway gives while Envoy shows something else, or nothing: too much, too late, not allowed.
    asked.answered.then(
      () => inTurn(() => tellEarly(asked)),
      () => undefined,
    );
    return asked;
  };

  const tellEarly = async (asked: Asked): Promise<void> => {
    if (asked !== request?.asked()) return;
    const isOpen =
      phase === "request" ||
      (phase === "goes" && response === undefined) ||
      (phase === "response" && response?.canReplace() === true);
    if (!isOpen) return;
    await teller.immediate(await asked.answered);
    done();
  };

  const takeRequest = async (shown: RequestShown): Promise<void> => {
    if (shown.kind === "request-headers") {
      request = createRequestHalf(open, teller);
      isWatching = shown.isWatching;
      modes = shown.modes;
      phase = "request";
    }
    const state = await request?.take(shown);
    if (state === "stopped") return done();
    if (state !== "goes") return;
    clearTimeout(limit);
    phase = "goes";
  };

  const watch = (work: Promise<void>): void => {
    const until = async (): Promise<void> => {
      await work;
      done();
    };
    until().catch(giveUp);
  };

  const takeResponse = async (shown: ResponseShown): Promise<void> => {
    const asked = request?.asked();
    if (phase === "request" || asked === undefined) {
      // The upstream answers a request that it has not got.
      await request?.refusePart();
      return done();
    }
    const outcome = await asked.outcome;
    const verdict = outcome.kind === "goes" ? (outcome.sent.verdict ?? {}) : {};
    response ??= createResponseHalf(asked, modes.response, verdict, teller, watch);
    if (shown.kind === "response-headers") phase = "response";
    const state = await response.take(shown);
    if (state === "over") done();
    else if (state === "trailers") phase = "response-trailers";
  };

  const step = async (shown: Shown): Promise<void> => {
    if (phase === "over") return;
    const isLate = shown.kind === "request-trailers" && phase === "goes" && isRequestEnded;
    if (!ALLOWED[phase].has(shown.kind) || isLate) return fail("disorder", disorder(shown.kind, phase));
    switch (shown.kind) {
      case "request-headers":
      case "request-body":
        isRequestEnded = shown.isEnd;
        return takeRequest(shown);
      case "request-trailers":
        isRequestEnded = true;
        return takeRequest(shown);
      case "response-headers":
      case "response-body":
      case "response-trailers":
        return takeResponse(shown);
      case "unknown":
    }
  };

  return {
    take: (shown) => inTurn(() => step(shown)),
    finish: () =>
      inTurn(async () => {
        if (phase === "over") return;
        // Trailers may come there, and need not.
        if (phase === "response-trailers") return done();
        const asked = request?.asked();
        if (phase === "start" || phase === "request" || asked === undefined) {
          asked?.abort();
          over("left");
          return options.end();
        }
        asked.bridge.fail(
          new Fault("upstream_reset", { detail: "Envoy ended the stream before it had shown the whole answer" }),
        );
        await asked.answered.then(
          (answer) => void answer.resume(),
          () => undefined,
        );
        over("left");
        options.end();
      }),
    leave: () => {
      request?.asked()?.abort();
      over("left");
    },
  };
};

const BROKEN = "the gateway broke off";
const FIRST = "request_headers must come first: Envoy's request_header_mode must be SEND";

const disorder = (kind: Shown["kind"], phase: Phase): string => {
  if (kind === "unknown") return "a message holds none of the parts of an exchange, or several";
  if (phase === "start") return FIRST;
  const words = kind.replaceAll("-", "_");
  return phase === "goes" && kind === "response-body"
    ? "response_body came before response_headers: Envoy's response_header_mode must be SEND"
    : `${words} cannot come now`;
};
