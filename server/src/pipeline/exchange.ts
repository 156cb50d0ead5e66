import {
  maxSeverity,
  type AppliedPolicy,
  type BodyOutline,
  type EventId,
  type ClosedRecord,
  type Direction,
  type ReceiptEntry,
  type RecordedMatch,
  type ReleasedRecord,
  type Segment,
  type Severity,
  type ToolCall,
  type Verdict,
} from "@parapet/model";
import type { InspectionContext } from "#detectors";
import { toTimestamp, uuidv7 } from "#platform";
import type { PolicyQuestion } from "#policy";
import type {
  DecodedRequest,
  DecodedResponse,
  DecodedToolCall,
  LocatedSegment,
  StreamText,
  UnscannablePart,
} from "#protocols";
import { captureOutline, captureSegments } from "./capture.ts";
import type { Ending, ExchangeStart, RoadTools, Step } from "./exchange-steps.ts";
import { createExchangeCalls, type ProposedToolCall } from "./exchange-calls.ts";
import type { ReturnedTexts } from "./flow-entries.ts";
import { createExchangeHolds, isHeld, passedBy, type Asking, type HoldWait } from "./exchange-holds.ts";
import { createExchangeMasks, withReceipt } from "./exchange-masks.ts";
import { bypassSegments, inspectSegments, type Inspected } from "./inspect-segments.ts";
import { joinReceipts } from "./join-receipts.ts";
import { countRefused } from "./content-kinds.ts";
import { judge, stops, strengthen, strongerVerdict, unreadTexts, withinReach, type Judgement } from "./judge.ts";
import { createQuotedValues } from "./quoted-values.ts";
import { replacementsBySegment } from "./redact.ts";
import { withSecondOpinion } from "./second-opinion.ts";
import { sessionKey } from "./session-risk.ts";
import type { ChannelTools } from "./stream-channel.ts";
import { answerContext } from "./user-requests.ts";

/** Matches and segments of one part of an exchange that were judged and are not recorded yet. */
interface Finding {
  readonly segments: readonly Segment[];
  readonly inspected: Inspected;
  readonly outlines?: readonly BodyOutline[];
}

/** What was found in the request, and what of it is taken out. */
interface JudgedRequest {
  readonly inspected: Inspected;
  readonly redact: readonly number[];
}

/**
 * One exchange on the road: decode ► inspect ► decide ► record, for both directions. This is the one
 * place that knows the order. The gateway moves the bytes; it asks here what may move.
 */
export const createExchange = (start: ExchangeStart, tools: RoadTools) => {
  const { origin, route, mode, principal } = start;
  const evidence = route.evidence;
  let context: InspectionContext = NO_CONTEXT;
  let pending: Finding[] = [];
  const matches: RecordedMatch[] = [];
  let requestVerdict: Verdict = allowing(tools.policies().version);
  let responseVerdict: Verdict | undefined;
  let unscannable = 0;
  /** Parts of what is judged now that the route does not accept unread. */
  let refusedParts = 0;
  let bypassed = 0;
  let nextSegment = 0;
  let closed = false;
  const streamedParts = new Set<string>();
  /** What passed unread if the stream was not stopped. */
  let streamedGaps = 0;
  const session = sessionKey(origin);
  const [outward, inward] = start.toward === "tool" ? TO_TOOL : TO_MODEL;
  const masks = createExchangeMasks(tools.masks, origin, route);
  const quoted = createQuotedValues(route.capture);
  const calls = createExchangeCalls(
    origin,
    tools.agents,
    masks.reveal,
    start.toward === "tool" ? start.said : undefined,
  );
  const holds = createExchangeHolds(tools.approvals, origin, tools.clock);
  let judged: JudgedRequest | undefined;
  /** How the exchange goes on when what is held passes. */
  let proceed: (verdict: Verdict) => Step | Promise<Step> = (verdict) => step(verdict, [], []);

  const ask = (
    action: PolicyQuestion["action"],
    inspected: Inspected,
    extra: Partial<PolicyQuestion> = {},
  ): Judgement => {
    const risk = tools.sessions.of(session, tools.clock.now());
    const question: PolicyQuestion = {
      tenant: origin.tenant,
      principal,
      agent: origin.agent ?? "",
      user: origin.user ?? "",
      ...(origin.onBehalfOf !== undefined && { onBehalfOf: origin.onBehalfOf }),
      key: origin.key ?? "",
      action,
      route: route.id,
      protocol: origin.protocol,
      model: origin.model,
      mode,
      matches: inspected.matches.map((match) => ({ match, provenance: match.provenance })),
      unscannable: inspected.unscannable,
      session: { id: origin.session, ...risk },
      streamed: origin.streamed,
      ...extra,
    };
    return judge(tools.policies(), question, { ...inspected, refusedParts }, route);
  };

  const inspect = (
    direction: Direction,
    segments: readonly Segment[],
    parts: readonly UnscannablePart[],
  ): Inspected => {
    const job = {
      tenant: origin.tenant,
      exchange: origin.exchange,
      direction,
      segments,
      firstIndex: nextSegment,
      parts,
      context,
      ...(direction === "request" && outward === "request" && session !== "" && { conversation: session }),
    };
    if (route.inspect) return inspectSegments(job, tools.inspection(route));
    return bypassSegments(job, tools.inspection(route).hash);
  };

  /** Keeps what was found for the next record. */
  const keep = (
    { segments, outline }: Pick<DecodedRequest, "segments" | "outline">,
    direction: Direction,
    inspected: Inspected,
    judgement: Judgement,
  ): void => {
    pending.push({ segments, inspected, outlines: captureOutline(outline, direction, route.capture) });
    quoted.note(segments, inspected.matches, segments[0]?.direction === "request" ? masks.masked() : []);
    for (const match of inspected.matches) matches.push(match);
    unscannable += inspected.unscannable;
    bypassed += judgement.bypassed + (route.inspect ? 0 : segments.length);
    for (const { index } of segments) nextSegment = Math.max(nextSegment, index + 1);
    nextSegment += inspected.unreadableParts;
  };

  const step = (verdict: Verdict, found: readonly RecordedMatch[], redact: readonly number[]): Step => ({
    stop: stops(verdict),
    verdict,
    replacements: replacementsBySegment(found, verdict.action === "redact" ? redact : []),
  });

  const kept = (found: readonly RecordedMatch[]): RecordedMatch[] => found.map((match) => quoted.clean(match));

  const takePending = (entries: readonly ReceiptEntry[] = []) => {
    const taken = pending;
    pending = [];
    const nowMs = tools.clock.now();
    const outlines = taken.flatMap((one) => one.outlines ?? []);
    return {
      schemaVersion: 1 as const,
      id: uuidv7<EventId>(nowMs),
      time: toTimestamp(nowMs),
      origin,
      segments: taken.flatMap(({ segments, inspected }) =>
        captureSegments(segments, inspected.matches, inspected.digests, route.capture, masks.masked()),
      ),
      ...(outlines.length > 0 && { outlines }),
      receipt: joinReceipts(
        taken.map(({ inspected }) => inspected.receipt),
        entries,
      ),
    };
  };

  /**
   * Inspects ahead of judging where somebody may be asked about doubtful texts, and asks. Answers what
   * {@link judgeRequest} takes as done; a promise only when somebody was asked.
   */
  const consultOnRequest = (
    decoded: DecodedRequest,
    known: InspectionContext,
    done?: Inspected,
  ): Inspected | Promise<Inspected> | undefined => {
    const asked = route.inspect && origin.lane === undefined ? tools.secondOpinion?.(route) : undefined;
    if (asked === undefined) return done;
    context = known;
    const inspected = done ?? inspect(outward, decoded.segments, decoded.unscannable);
    return withSecondOpinion(inspected, decoded.segments, origin.tenant, asked) ?? inspected;
  };

  /**
   * `done`: inspected already, in a worker or to be asked about. `applied`: what stops it whatever it says; on a route
   * that observes it only would.
   */
  const judgeRequest = (
    decoded: DecodedRequest,
    known: InspectionContext,
    done?: Inspected,
    applied?: AppliedPolicy,
  ): Step => {
    context = known;
    const inspected = done ?? inspect(outward, decoded.segments, decoded.unscannable);
    context = answerContext(known, decoded.segments, inspected.matches);
    refusedParts = countRefused(route, decoded.unscannable);
    const judgement = withinReach(ask(outward, inspected), decoded.segments, inspected.matches, mode);
    refusedParts = 0;
    const { redact, mask } = judgement;
    holds.noteText("request", judgement);
    judged = { inspected, redact };
    const goOn = (verdict: Verdict): Step => {
      const made = step(verdict, inspected.matches, redact);
      return verdict.action === "redact" && mask.length > 0
        ? { ...made, replacements: masks.maskRequest(decoded.segments, inspected.matches, redact, mask) }
        : made;
    };
    proceed = goOn;
    requestVerdict = applied === undefined ? judgement.verdict : strengthen(judgement.verdict, applied, mode);
    const made = goOn(requestVerdict);
    keep(decoded, outward, withReceipt(inspected, masks.maskedReceipt()), judgement);
    // What goes to a tool was written here, and nobody has read it yet.
    if (outward === "request") calls.begin(decoded, inspected.matches);
    else calls.begin({ ...decoded, segments: [], unscannable: [] }, []);
    tools.sessions.add(session, inspected.matches, tools.clock.now());
    return made;
  };

  /** Durable before the upstream is called, and the session knows what the model will read. */
  const recordOpened = async (): Promise<void> => {
    const base = takePending();
    const recording = tools.recorder.record(
      { kind: "opened", ...base, ...masks.account(), matches: kept(matches), verdict: requestVerdict },
      evidence,
    );
    await Promise.all([recording, calls.open()]);
  };

  /** A call by its own facts and what was found in it. */
  const judgeCall = async (call: ProposedToolCall, inspected: Inspected): Promise<Judgement> => {
    const asked = await calls.factsOf(call);
    const judgement = ask("tool_call", inspected, { toolCall: asked });
    await calls.decided(call, judgement.verdict);
    holds.noteCall({ call, facts: asked.facts }, judgement);
    return judgement;
  };

  /** Each call of an answer; positions in `redact` are those of the answer's matches. */
  const judgeToolCalls = async (
    proposed: readonly ProposedToolCall[],
    inspected: Inspected,
  ): Promise<readonly Judgement[]> => {
    const judgements: Judgement[] = [];
    for (const call of proposed) {
      const own = inspected.matches.filter(
        ({ segment }) => segment === call.segment || call.others?.includes(segment) === true,
      );
      const counted = { ...inspected, matches: own, failed: 0, unscannable: 0, unreadableParts: 0 };
      const judgement = await judgeCall(call, counted);
      const redact = judgement.redact.flatMap((index) => {
        const match = own[index];
        return match === undefined ? [] : [inspected.matches.indexOf(match)];
      });
      judgements.push({ ...judgement, redact });
    }
    return judgements;
  };

  /**
   * A call that the request itself asks for, because whoever runs the tool is the upstream: judged after the request,
   * and in the session once it goes on. `applied`: what stops it whatever it says.
   */
  const judgeProposed = async (proposed: ProposedToolCall, applied?: AppliedPolicy): Promise<Step> => {
    if (judged === undefined) throw new Error("a call is judged after its request");
    const { inspected, redact } = judged;
    const judgements = await judgeToolCalls([proposed], inspected);
    const verdict = judgements.map((one) => one.verdict).reduce((a, b) => strongerVerdict(a, b), requestVerdict);
    requestVerdict = applied === undefined ? verdict : strengthen(verdict, applied, mode);
    const all = [...new Set([...redact, ...redactedBy(judgements)])];
    proceed = async (by) => {
      const made = step(by, inspected.matches, all);
      if (!made.stop) await calls.released(proposed);
      return made;
    };
    return proceed(requestVerdict);
  };

  /** What an answer's calls and results become for the session once nothing stops them. */
  const noteLetGo = async (
    { segments, toolCalls, toolResults = [] }: Pick<DecodedResponse, "segments" | "toolCalls" | "toolResults">,
    inspected: Inspected,
  ): Promise<void> => {
    for (const call of toolCalls) await calls.released(call);
    for (const result of toolResults) {
      const own = new Set(result.segments);
      await calls.returned(
        { ...result, segments: segments.filter(({ index }) => own.has(index)) },
        inspected.matches.filter(({ segment }) => own.has(segment)),
      );
    }
  };

  const judgeResponse = async (
    decoded: Pick<DecodedResponse, "segments" | "unscannable" | "toolCalls" | "toolResults" | "outline">,
    done?: Inspected,
  ): Promise<Step> => {
    const inspected = done ?? inspect(inward, decoded.segments, decoded.unscannable);
    refusedParts = countRefused(route, decoded.unscannable);
    const whole = withinReach(ask(inward, inspected), decoded.segments, inspected.matches, mode);
    const judgements = [whole, ...(await judgeToolCalls(decoded.toolCalls, inspected))];
    holds.noteText("response", whole);
    const verdict = strongestOf(judgements);
    responseVerdict = verdict;
    keep(decoded, inward, inspected, whole);
    tools.sessions.add(session, inspected.matches, tools.clock.now());
    const redact = redactedBy(judgements);
    proceed = async (by) => {
      const made = step(by, inspected.matches, redact);
      if (made.stop) return made;
      await noteLetGo(decoded, inspected);
      return { ...made, replacements: masks.unmaskResponse(decoded.segments, made.replacements) };
    };
    return proceed(verdict);
  };

  /**
   * Asks about what is held; with `wait`, until a person decided or the time is over. The step that it answers goes on
   * when all of it was approved, and else says what waits.
   */
  const settle = async (held: Step, asking: Asking, wait?: HoldWait): Promise<Step> => {
    if (!held.stop || !isHeld(held.verdict)) return held;
    const { risk } = tools.sessions.of(session, tools.clock.now());
    const asked = await holds.ask(asking, risk, wait);
    if (asked === undefined) return held;
    const what = responseVerdict === undefined ? "request" : "response";
    const decided = (verdict: Verdict): Verdict => {
      if (what === "request") requestVerdict = verdict;
      else responseVerdict = verdict;
      return verdict;
    };
    if (asked.kind === "refused") return { ...held, asked };
    if (asked.kind !== "passes") {
      const verdict = decided({ ...held.verdict, approvals: asked.approvals.map(({ id }) => id) });
      return { ...held, verdict, asked };
    }
    const passed = decided(passedBy(held.verdict, asked.approvals, holds.redacts(what)));
    for (const call of holds.passed()) await calls.decided(call, passed);
    return proceed(passed);
  };

  /**
   * What is diverted goes to a safer place instead of a person: the request as it would have gone on, or instead of the
   * response another one, which is judged anew. Recorded before.
   */
  const divert = async (held: Step): Promise<Step> => {
    const isRequest = responseVerdict === undefined;
    if (!isRequest) {
      await recordReleased("block", matches);
      holds.passed();
      return held;
    }
    const passed = passedBy(held.verdict, [], holds.redacts("request"));
    holds.passed();
    const made = await proceed(passed);
    return { ...made, verdict: held.verdict };
  };

  /** For streams: a decision over everything found in the response so far. `sealed`: texts that no edit reaches. */
  const judgeStream = (
    found: Inspected,
    extra: Pick<PolicyQuestion, "unlisted"> = {},
    sealed: readonly LocatedSegment[] = [],
  ): Judgement => {
    const judgement = withinReach(ask(inward, found, extra), sealed, found.matches, mode);
    holds.noteText("response", judgement);
    return inStream(judgement);
  };

  /** The same for a call of a stream that is whole. */
  const judgeStreamedCall = async (call: DecodedToolCall, found: Inspected): Promise<Judgement> =>
    inStream(await judgeCall(call, found));

  const inStream = (judgement: Judgement): Judgement => {
    proceed = (by) => step(by, [], []);
    responseVerdict = strongerVerdict(judgement.verdict, responseVerdict);
    return { ...judgement, verdict: responseVerdict };
  };

  /** Takes over what a stream's channel, or a document in it, turned out to hold; called once for each. */
  const keepStreamed = (segments: readonly Segment[], inspected: Inspected): void => {
    pending.push({ segments, inspected });
    quoted.note(segments, inspected.matches);
    for (const match of inspected.matches) matches.push(match);
    unscannable += inspected.unscannable;
    streamedGaps += unreadTexts(inspected) + (route.inspect ? 0 : 1);
    tools.sessions.add(session, inspected.matches, tools.clock.now());
  };

  /**
   * What a tool says in a stream becomes part of the session: without `text` that it speaks, told before anything of it
   * goes on, and each text once it is whole.
   */
  const noteReturned = (tool: ReturningTool, text?: Segment, found: readonly RecordedMatch[] = []): Promise<void> =>
    calls.returned({ ...tool, segments: text === undefined ? [] : [text] }, found);

  /** Parts of a stream that are no text: counted once per place, whatever the number of their pieces. Answers how many are new. */
  const noteUnscannable = (parts: readonly UnscannablePart[]): number => {
    const fresh = parts.filter(({ pointer }) => !streamedParts.has(pointer));
    if (fresh.length === 0) return 0;
    for (const { pointer } of fresh) streamedParts.add(pointer);
    refusedParts += countRefused(route, fresh);
    const inspected = inspect(inward, [], fresh);
    pending.push({ segments: [], inspected });
    unscannable += inspected.unscannable;
    return inspected.unscannable;
  };

  /** Durable before the first byte, a tool call, a redaction or a block in a stream. */
  const recordReleased = async (
    what: ReleasedRecord["what"],
    found: readonly RecordedMatch[],
    call?: ToolCall,
  ): Promise<void> => {
    const verdict = responseVerdict ?? requestVerdict;
    const base = takePending();
    // Of a text that still grows nobody knows yet what its clues quote: they come with the terminal record.
    const plain = found.map(({ clues: _clues, ...match }) => match);
    await tools.recorder.record(
      { kind: "released", ...base, matches: plain, verdict, what, ...(call !== undefined && { toolCall: call }) },
      evidence,
    );
  };

  /** A call of a stream goes to the caller once that is recorded. */
  const releaseStreamedCall = async (call: DecodedToolCall, found: readonly RecordedMatch[]): Promise<void> => {
    await recordReleased("tool-call", found, calls.recordOf(call));
    await calls.released(call);
  };

  /** The one terminal record. Later calls do nothing, so that every way out may call it. */
  const close = async (ending: Ending, durable = true): Promise<void> => {
    if (closed) return;
    closed = true;
    const held = pending;
    const { waitedMs, responseBytes, ...rest } = ending;
    await calls.end((rest.usage?.inputTokens ?? 0) + (rest.usage?.outputTokens ?? 0));
    const latencyMs = tools.clock.monotonic() - start.startedMs;
    const record: ClosedRecord = {
      kind: "closed",
      ...takePending(masks.restoredReceipt()),
      ...masks.account(),
      matches: kept(matches),
      verdict: strongerVerdict(requestVerdict, responseVerdict),
      ...rest,
      toolCalls: [...calls.recorded()],
      latencyMs: round(latencyMs),
      addedMs: round(Math.max(0, latencyMs - waitedMs)),
      requestBytes: start.requestBytes,
      responseBytes,
      requestVerdict,
      ...(responseVerdict !== undefined && { responseVerdict }),
      severity: matches.reduce<Severity>((worst, match) => maxSeverity(worst, match.severity), "informational"),
      unscannable,
      bypassed: bypassed + (responseVerdict !== undefined && stops(responseVerdict) ? 0 : streamedGaps),
    };
    if (ending.state === "completed") holds.learn();
    if (!durable) {
      tools.recorder.note(record);
      return;
    }
    try {
      await tools.recorder.record(record, evidence);
    } catch (error) {
      // What could not be recorded did not end this way; the way out that follows says how it did.
      closed = false;
      pending = held;
      throw error;
    }
  };

  /** What a stream's new channel is inspected with. */
  const channelTools = (text: StreamText): ChannelTools => {
    const { inspector, hash } = tools.inspection(route);
    const { provenance } = text;
    const watch = route.inspect ? inspector.stream({ provenance, direction: inward, context }) : undefined;
    return { inspector: watch, hash, direction: inward, unmasking: masks.unmasking(provenance) };
  };

  return {
    origin,
    route,
    channelTools,
    mode,
    consultOnRequest,
    judgeRequest,
    judgeProposed,
    recordOpened,
    judgeCall,
    judgeResponse,
    settle,
    divert,
    /** The response is not asked for, because of what was decided about it earlier. */
    withhold: (verdict: Verdict): void => {
      responseVerdict = verdict;
    },
    judgeStream,
    judgeStreamedCall,
    releaseStreamedCall,
    keepStreamed,
    noteReturned,
    noteUnscannable,
    recordReleased,
    close,
    context: () => context,
    nextSegmentIndex: () => nextSegment,
    /** Index for the next segment of this exchange, taken. */
    takeSegmentIndex: () => nextSegment++,
    verdict: () => strongerVerdict(requestVerdict, responseVerdict),
    /** Whether the model declined: a measure, whatever the verdict. */
    isRefused: () => matches.some(({ category }) => category === "refusal"),
    isClosed: () => closed,
    /** What the provider keeps of it goes on in its session. */
    keepAs: calls.keep,
    toolCalls: calls.recorded,
    /** How many values were masked in the request, and put back in the response. */
    masking: masks.counts,
  };
};

export type Exchange = ReturnType<typeof createExchange>;

/** Whose words a stream brings, where a tool is the upstream. */
export type ReturningTool = Omit<ReturnedTexts, "segments">;

/** Directions as a model sees them, of the request and of what answers it. */
type Directed = readonly [request: Direction, response: Direction];
const TO_MODEL: Directed = ["request", "response"];
const TO_TOOL: Directed = ["response", "request"];

const strongestOf = (judgements: readonly Judgement[]): Verdict =>
  judgements.map(({ verdict }) => verdict).reduce((a, b) => strongerVerdict(a, b));

const redactedBy = (judgements: readonly Judgement[]): number[] => [
  ...new Set(judgements.flatMap(({ redact }) => redact)),
];

const round = (ms: number): number => Math.round(ms * 1_000) / 1_000;

const NO_CONTEXT: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};

const allowing = (policyVersion: string): Verdict => ({ action: "allow", would: "allow", policies: [], policyVersion });
