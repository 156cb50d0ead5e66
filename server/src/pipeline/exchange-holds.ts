import type { CallFacts, ExchangeOrigin, HeldContent, HeldKind, Segment, Verdict } from "@parapet/model";
import {
  callDigest,
  contentDigest,
  requestDigest,
  type ApprovalGate,
  type Asked,
  type HeldExchange,
  type HeldThing,
  type KeptAnswer,
  type UsualCalls,
} from "#approvals";
import type { Clock } from "#platform";
import type { DecodedToolCall } from "#protocols";
import type { Judgement } from "./judge.ts";

/** What holds are settled with. */
export interface ApprovalTools {
  readonly gate: ApprovalGate;
  /** What calls usually look like. */
  readonly usual: UsualCalls;
}

/** A call as it was judged. */
interface JudgedCall {
  readonly call: DecodedToolCall & { readonly server?: string };
  readonly facts?: CallFacts | undefined;
}

/** What is needed to ask about what is held. */
export interface Asking {
  /** Digest of the request's body as it came; empty where it cannot come again. */
  readonly bodyHash: string;
  /** Of the request, or of the response. */
  readonly segments: readonly Pick<Segment, "role" | "text">[];
  /** The response as the upstream sent it, to be given out once it is approved. */
  readonly answer?: KeptAnswer | undefined;
}

/** How long to wait inside the exchange for a person. */
export interface HoldWait {
  readonly timeoutMs: number;
  /** Ends the wait: the caller left. */
  readonly signal?: AbortSignal;
}

/** A person decides about what they can see: longer arguments are not asked about. */
const ARGUMENT_UNITS_MAX = 256 * 1024;
const TEXT_UNITS_MAX = 64 * 1024;
const TOO_LARGE = { kind: "refused", reason: "The call is too large for a person to read." } as const;
const TARGET_ROLES: ReadonlySet<string> = new Set(["recipient", "account", "url", "host", "path"]);

/** Whether a person, or another route, can still let it go. */
export const isHeld = ({ action }: Verdict): boolean => action === "hold" || action === "divert";

/** The verdict on something that was held and approved. */
export const passedBy = (verdict: Verdict, approvals: readonly string[], redacts: boolean): Verdict => {
  const { policy: _policy, ...rest } = verdict;
  const action = redacts ? "redact" : "allow";
  const redacting = verdict.policies.find((one) => one.action === "redact")?.id;
  return {
    ...rest,
    action,
    would: action,
    ...(redacts && redacting !== undefined && { policy: redacting }),
    approvals: [...approvals],
  };
};

/** The newest texts first, until they are too many to be read. */
const shownTexts = (segments: Asking["segments"]): Pick<HeldContent, "texts" | "cut"> => {
  const texts: { role: string; text: string }[] = [];
  let units = 0;
  let cut = 0;
  for (const { role, text } of segments.toReversed()) {
    const shown = text.slice(0, Math.max(0, TEXT_UNITS_MAX - units));
    units += shown.length;
    cut += text.length - shown.length;
    if (shown !== "") texts.unshift({ role, text: shown });
  }
  return { texts, cut };
};

/** What of one exchange policy holds, and what calls it made. */
export const createExchangeHolds = (
  tools: ApprovalTools | undefined,
  origin: ExchangeOrigin,
  clock: Pick<Clock, "monotonic">,
) => {
  const calls = new Map<string, JudgedCall>();
  const heldCalls = new Map<string, { readonly judged: JudgedCall; readonly verdict: Verdict }>();
  let heldRequest: Verdict | undefined;
  let heldResponse: Verdict | undefined;
  /** Whether something of it is to be cut as well, held or not. */
  const redacts = { request: false, response: false };

  const namesOf = ({ call, facts }: JudgedCall) => ({
    tenant: origin.tenant,
    actor: origin.agent ?? origin.key ?? origin.principal,
    server: call.server ?? facts?.server ?? "",
    tool: call.name,
  });

  const heldCall = (gate: ApprovalGate, usual: UsualCalls, judged: JudgedCall, verdict: Verdict): HeldThing => {
    const { call, facts } = judged;
    const { arguments: written = "" } = call;
    const names = namesOf(judged);
    const targets = new Set(
      (facts?.origins ?? []).flatMap(({ path, role }) => (role !== undefined && TARGET_ROLES.has(role) ? [path] : [])),
    );
    return {
      what: "tool_call",
      digest: callDigest(gate.key, origin, { ...names, arguments: written }, verdict.policyVersion),
      server: names.server,
      tool: call.name,
      verdict,
      content: {
        arguments: written,
        cut: 0,
        ...(facts !== undefined && { facts }),
        differences: [...usual.differences(names, written, targets)],
      },
    };
  };

  const heldText = (
    gate: ApprovalGate,
    what: Exclude<HeldKind, "tool_call">,
    verdict: Verdict,
    { bodyHash, segments }: Asking,
  ): HeldThing => {
    const content = what === "request" ? [bodyHash] : [bodyHash, ...segments.map(({ text }) => text)];
    return {
      what,
      digest: contentDigest(gate.key, origin, what, content, verdict.policyVersion),
      server: "",
      tool: "",
      verdict,
      content: { ...shownTexts(segments), differences: [] },
    };
  };

  /** Undefined for what is too large to be read. */
  const heldExchange = ({ gate, usual }: ApprovalTools, asking: Asking, risk: number): HeldExchange | undefined => {
    const held = [...heldCalls.values()];
    if (held.some(({ judged: { call } }) => (call.arguments?.length ?? 0) > ARGUMENT_UNITS_MAX)) return undefined;
    const things = held.map(({ judged, verdict }) => heldCall(gate, usual, judged, verdict));
    if (heldRequest !== undefined) things.push(heldText(gate, "request", heldRequest, asking));
    if (heldResponse !== undefined) things.push(heldText(gate, "response", heldResponse, asking));
    return {
      origin,
      requestDigest: asking.bodyHash === "" ? "" : requestDigest(gate.key, origin, asking.bodyHash),
      risk,
      things: toldApart(things),
      answer: heldRequest === undefined ? asking.answer : undefined,
    };
  };

  const noteText = (what: Exclude<HeldKind, "tool_call">, { verdict, redact }: Judgement): void => {
    redacts[what] ||= redact.length > 0;
    if (!isHeld(verdict)) return;
    if (what === "request") heldRequest = verdict;
    else heldResponse = verdict;
  };

  return {
    noteText,
    /** Noted once, though its arguments may come as several texts. */
    noteCall: (judged: JudgedCall, { verdict, redact }: Judgement): void => {
      const { id, name, segment, arguments: written = "" } = judged.call;
      const place = JSON.stringify([id === "" ? segment : id, name, written]);
      calls.set(place, judged);
      redacts.response ||= redact.length > 0;
      if (!isHeld(verdict)) return;
      heldCalls.set(place, { judged, verdict });
    },
    /** Undefined where nobody keeps approvals, or what is held is Parapet's own traffic. */
    ask: async (asking: Asking, risk: number, wait?: HoldWait): Promise<Asked | undefined> => {
      if (tools === undefined || origin.lane !== undefined) return undefined;
      const held = heldExchange(tools, asking, risk);
      if (held === undefined) return TOO_LARGE;
      const { gate } = tools;
      let asked = await gate.ask(held);
      if (wait === undefined) return asked;
      const untilMs = clock.monotonic() + wait.timeoutMs;
      // Each of several may be decided at another time.
      while (asked.kind === "waits" && wait.signal?.aborted !== true) {
        const timeoutMs = untilMs - clock.monotonic();
        if (timeoutMs <= 0) break;
        const waiting = asked.approvals.filter(({ state }) => state === "pending");
        await gate.settled(waiting, { ...wait, timeoutMs });
        asked = await gate.ask(held);
      }
      return asked;
    },
    /** What was held is not any more; answers the calls among it. */
    passed: (): readonly DecodedToolCall[] => {
      const passed = [...heldCalls.values()].map(({ judged }) => judged.call);
      heldRequest = undefined;
      heldResponse = undefined;
      heldCalls.clear();
      return passed;
    },
    /** Whether redactions are to be done once it passes. */
    redacts: (what: Exclude<HeldKind, "tool_call">): boolean => redacts[what],
    /** Learns what calls look like, once the exchange went through. */
    learn: (): void => {
      if (tools === undefined || origin.lane !== undefined || calls.size === 0) return;
      const { usual } = tools;
      // Nobody waits for this.
      setImmediate(() => {
        for (const judged of calls.values()) usual.note(namesOf(judged), judged.call.arguments ?? "");
      });
    },
  };
};

/** The same call twice in one answer needs two approvals. */
const toldApart = (things: readonly HeldThing[]): readonly HeldThing[] => {
  const times = new Map<string, number>();
  return things.map((thing) => {
    const before = times.get(thing.digest) ?? 0;
    times.set(thing.digest, before + 1);
    return before === 0 ? thing : { ...thing, digest: `${thing.digest}.${before}` };
  });
};
