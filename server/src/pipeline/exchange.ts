import {
  EventId,
  maxSeverity,
  type ClosedRecord,
  type CompactReceipt,
  type Direction,
  type ExchangeOrigin,
  type ExchangeState,
  type Mode,
  type RecordedMatch,
  type ReleasedRecord,
  type RouteConfiguration,
  type Segment,
  type Severity,
  type ToolCall,
  type Usage,
  type Verdict,
} from "@parapet/model";
import type { InspectionContext } from "#detectors";
import { toTimestamp, uuidv7, type Clock } from "#platform";
import type { PolicyQuestion, PolicySet } from "#policy";
import type { DecodedRequest, DecodedResponse, DecodedToolCall, StreamText, UnscannablePart } from "#protocols";
import { captureSegments } from "./capture.ts";
import { bypassSegments, inspectSegments, type Inspected, type InspectionTools } from "./inspect-segments.ts";
import { judge, stops, strongerVerdict, type Judgement } from "./judge.ts";
import type { Recorder } from "./recorder.ts";
import { replacementsBySegment, type Replacement } from "./redact.ts";
import type { SessionRisk } from "./session-risk.ts";
import type { ChannelTools } from "./stream-channel.ts";

export interface RoadTools {
  readonly inspection: () => InspectionTools;
  readonly policies: () => PolicySet;
  readonly recorder: Recorder;
  readonly sessions: SessionRisk;
  readonly clock: Clock;
}

export interface ExchangeStart {
  readonly origin: ExchangeOrigin;
  readonly route: RouteConfiguration;
  /** Effective mode: the file's, or the console's overlay. */
  readonly mode: Mode;
  readonly principal: PolicyQuestion["principal"];
  readonly startedMs: number;
  readonly requestBytes: number;
}

/** What the gateway does next: forward or send with these replacements, or stop with this verdict. */
export interface Step {
  readonly stop: boolean;
  readonly verdict: Verdict;
  readonly replacements: ReadonlyMap<number, readonly Replacement[]>;
}

export interface Ending {
  readonly state: ExchangeState;
  readonly status: number;
  readonly detail?: string;
  readonly usage?: Usage;
  readonly finishReason?: string;
  readonly responseBytes: number;
  /** Time that the gateway waited for others, in milliseconds. */
  readonly waitedMs: number;
  readonly firstByteMs?: number;
}

/** Matches and segments of one part of an exchange that were judged and are not recorded yet. */
export interface Finding {
  readonly segments: readonly Segment[];
  readonly inspected: Inspected;
}

const NOTHING: Inspected = {
  matches: [],
  receipt: { detectors: [], segments: [], reasons: [], parts: [] },
  digests: [],
  unscannable: 0,
  unreadableParts: 0,
  failed: 0,
};

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
  const toolCalls: ToolCall[] = [];
  let requestVerdict: Verdict = allowing(tools.policies().version);
  let responseVerdict: Verdict | undefined;
  let unscannable = 0;
  let bypassed = 0;
  let nextSegment = 0;
  let closed = false;
  const streamedParts = new Set<string>();

  const ask = (action: PolicyQuestion["action"], inspected: Inspected, extra: Partial<PolicyQuestion> = {}): Judgement => {
    const risk = tools.sessions.of(origin.session, tools.clock.now());
    const question: PolicyQuestion = {
      tenant: origin.tenant,
      principal,
      agent: origin.agent ?? "",
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
    return judge(tools.policies(), question, inspected, route);
  };

  const inspect = (direction: Direction, segments: readonly Segment[], parts: readonly UnscannablePart[]): Inspected => {
    const job = { tenant: origin.tenant, exchange: origin.exchange, direction, segments, parts, context };
    if (route.inspect) return inspectSegments(job, tools.inspection());
    return bypassSegments(job, tools.inspection().hash, "the route does not inspect");
  };

  /** Keeps what was found for the next record. */
  const keep = (segments: readonly Segment[], inspected: Inspected, judgement: Judgement): void => {
    pending.push({ segments, inspected });
    matches.push(...inspected.matches);
    unscannable += inspected.unscannable;
    bypassed += judgement.bypassed + (route.inspect ? 0 : segments.length);
    nextSegment = Math.max(nextSegment, ...segments.map(({ index }) => index + 1), nextSegment);
  };

  const step = (verdict: Verdict, found: readonly RecordedMatch[], redact: readonly number[]): Step => ({
    stop: stops(verdict),
    verdict,
    replacements: replacementsBySegment(found, verdict.action === "redact" ? redact : []),
  });

  const takePending = () => {
    const taken = pending;
    pending = [];
    return {
      schemaVersion: 1 as const,
      id: EventId.parse(uuidv7(tools.clock.now())),
      time: toTimestamp(tools.clock.now()),
      origin,
      segments: taken.flatMap(({ segments, inspected }) =>
        captureSegments(segments, inspected.matches, inspected.digests, route.capture),
      ),
      receipt: joinReceipts(taken.map(({ inspected }) => inspected.receipt)),
    };
  };

  const judgeRequest = (decoded: DecodedRequest, known: InspectionContext): Step => {
    context = known;
    const inspected = inspect("request", decoded.segments, decoded.unscannable);
    const judgement = ask("request", inspected);
    requestVerdict = judgement.verdict;
    keep(decoded.segments, inspected, judgement);
    tools.sessions.add(origin.session, inspected.matches, tools.clock.now());
    return step(judgement.verdict, inspected.matches, judgement.redact);
  };

  /** Durable before the upstream is called. */
  const recordOpened = async (): Promise<void> => {
    const base = takePending();
    await tools.recorder.record({ kind: "opened", ...base, matches: [...matches], verdict: requestVerdict }, evidence);
  };

  const judgeToolCalls = (calls: readonly DecodedToolCall[], inspected: Inspected): Judgement[] =>
    calls.map((call) => {
      toolCalls.push({ id: call.id, name: call.name, segment: call.segment });
      const own = inspected.matches.filter(({ segment }) => segment === call.segment);
      const counted = { ...inspected, matches: own, failed: 0, unscannable: 0, unreadableParts: 0 };
      const judgement = ask("tool_call", counted, { toolCall: { name: call.name } });
      const redact = judgement.redact.flatMap((index) => {
        const match = own[index];
        return match === undefined ? [] : [inspected.matches.indexOf(match)];
      });
      return { ...judgement, redact };
    });

  const judgeResponse = (decoded: Pick<DecodedResponse, "segments" | "unscannable" | "toolCalls">): Step => {
    const inspected = inspect("response", decoded.segments, decoded.unscannable);
    const whole = ask("response", inspected);
    const judgements = [whole, ...judgeToolCalls(decoded.toolCalls, inspected)];
    const verdict = judgements.map((one) => one.verdict).reduce((a, b) => strongerVerdict(a, b));
    responseVerdict = verdict;
    keep(decoded.segments, inspected, whole);
    tools.sessions.add(origin.session, inspected.matches, tools.clock.now());
    return step(verdict, inspected.matches, [...new Set(judgements.flatMap(({ redact }) => redact))]);
  };

  /** For streams: a decision over everything found in the response so far. */
  const judgeStream = (found: Inspected, call?: DecodedToolCall): Judgement => {
    const judgement = call === undefined ? ask("response", found) : ask("tool_call", found, { toolCall: { name: call.name } });
    responseVerdict = strongerVerdict(judgement.verdict, responseVerdict);
    return { ...judgement, verdict: responseVerdict };
  };

  /** Takes over what a stream's channel turned out to hold; called once per channel. */
  const keepStreamed = (segment: Segment, inspected: Inspected, call?: DecodedToolCall): void => {
    pending.push({ segments: [segment], inspected });
    matches.push(...inspected.matches);
    unscannable += inspected.unscannable;
    bypassed += inspected.failed;
    if (call !== undefined) toolCalls.push({ id: call.id, name: call.name, segment: call.segment });
    tools.sessions.add(origin.session, inspected.matches, tools.clock.now());
  };

  /** Parts of a stream that are no text: counted once per place, whatever the number of their pieces. */
  const noteUnscannable = (parts: readonly UnscannablePart[]): void => {
    const fresh = parts.filter(({ pointer }) => !streamedParts.has(pointer));
    if (fresh.length === 0) return;
    for (const { pointer } of fresh) streamedParts.add(pointer);
    const inspected = inspect("response", [], fresh);
    pending.push({ segments: [], inspected });
    unscannable += inspected.unscannable;
    bypassed += inspected.unscannable;
  };

  /** Durable before the first byte, a tool call, a redaction or a block in a stream. */
  const recordReleased = async (what: ReleasedRecord["what"], found: readonly RecordedMatch[], call?: ToolCall): Promise<void> => {
    const verdict = responseVerdict ?? requestVerdict;
    const base = takePending();
    await tools.recorder.record(
      { kind: "released", ...base, matches: [...found], verdict, what, ...(call !== undefined && { toolCall: call }) },
      evidence,
    );
  };

  /** The one terminal record. Later calls do nothing, so that every way out may call it. */
  const close = async (ending: Ending, durable = true): Promise<void> => {
    if (closed) return;
    closed = true;
    const { waitedMs, responseBytes, ...rest } = ending;
    const latencyMs = tools.clock.monotonic() - start.startedMs;
    const record: ClosedRecord = {
      kind: "closed",
      ...takePending(),
      matches,
      verdict: strongerVerdict(requestVerdict, responseVerdict),
      ...rest,
      toolCalls,
      latencyMs: round(latencyMs),
      addedMs: round(Math.max(0, latencyMs - waitedMs)),
      requestBytes: start.requestBytes,
      responseBytes,
      requestVerdict,
      ...(responseVerdict !== undefined && { responseVerdict }),
      severity: matches.reduce<Severity>((worst, match) => maxSeverity(worst, match.severity), "informational"),
      unscannable,
      bypassed,
    };
    if (durable) await tools.recorder.record(record, evidence);
    else tools.recorder.note(record);
  };

  /** What a stream's new channel is inspected with. */
  const channelTools = (text: StreamText): ChannelTools => {
    const { inspector, hash } = tools.inspection();
    const { provenance } = text;
    const watch = route.inspect ? inspector.stream({ provenance, direction: "response", context }) : undefined;
    return { inspector: watch, hash };
  };

  return {
    origin,
    route,
    channelTools,
    mode,
    judgeRequest,
    recordOpened,
    judgeResponse,
    judgeStream,
    keepStreamed,
    noteUnscannable,
    recordReleased,
    close,
    nextSegmentIndex: () => nextSegment,
    /** Index for the next segment of this exchange, taken. */
    takeSegmentIndex: () => nextSegment++,
    verdict: () => strongerVerdict(requestVerdict, responseVerdict),
    isClosed: () => closed,
  };
};

export type Exchange = ReturnType<typeof createExchange>;

const round = (ms: number): number => Math.round(ms * 1_000) / 1_000;

const NO_CONTEXT: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};

const allowing = (policyVersion: string): Verdict => ({ action: "allow", would: "allow", policies: [], policyVersion });

const joinReceipts = (receipts: readonly CompactReceipt[]): CompactReceipt => {
  const [first, ...rest] = receipts;
  if (first === undefined) return NOTHING.receipt;
  if (rest.length === 0) return first;
  return {
    detectors: first.detectors,
    segments: receipts.flatMap(({ segments }) => segments),
    reasons: receipts.flatMap(({ reasons }) => reasons),
    parts: receipts.flatMap(({ parts }) => parts),
  };
};
