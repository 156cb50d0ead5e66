import type { ExchangeOrigin, ExchangeState, Mode, RouteConfiguration, Usage, Verdict } from "@parapet/model";
import type { Clock } from "#platform";
import type { PolicyQuestion, PolicySet } from "#policy";
import type { AgentRoad } from "./exchange-calls.ts";
import type { Asked } from "#approvals";
import type { ApprovalTools } from "./exchange-holds.ts";
import type { InspectionTools } from "./inspect-segments.ts";
import type { MaskVault } from "./mask-vault.ts";
import type { Recorder } from "./recorder.ts";
import type { Replacement } from "./redact.ts";
import type { OpinionTools } from "./second-opinion.ts";
import type { SessionRisk } from "./session-risk.ts";

export interface RoadTools {
  /** Detectors and memory of a route. */
  readonly inspection: (route: RouteConfiguration) => InspectionTools;
  /** Who is asked about doubtful requests of a route; undefined: nobody. */
  readonly secondOpinion?: (route: RouteConfiguration) => OpinionTools | undefined;
  readonly policies: () => PolicySet;
  readonly recorder: Recorder;
  readonly sessions: SessionRisk;
  /** Values behind the tokens that upstreams see instead. */
  readonly masks: MaskVault;
  /** Who gathers the facts of tool calls; undefined: they are judged by name and matches alone. */
  readonly agents?: AgentRoad;
  /** Who is asked about what policy holds; undefined: it stays stopped. */
  readonly approvals?: ApprovalTools | undefined;
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
  /**
   * Where the request goes. To a `tool` go words of a model, and what comes back is what a model is about to read: they
   * are judged as such. Left out: to a model.
   */
  readonly toward?: "model" | "tool";
  /** Toward a tool: what the user asked for, as a trusted caller says it. No one is told, and no record holds it. */
  readonly said?: string;
}

/** What the gateway does next: forward or send with these replacements, or stop with this verdict. */
export interface Step {
  readonly stop: boolean;
  readonly verdict: Verdict;
  readonly replacements: ReadonlyMap<number, readonly Replacement[]>;
  /** What became of asking about it, where it is held. */
  readonly asked?: Asked;
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
