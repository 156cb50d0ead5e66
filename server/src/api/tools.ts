import type {
  AgentDeclaration,
  BehaviourConfiguration,
  BusinessLimit,
  CoverageSignal,
  Framework,
  Diagnostic,
  ExchangeSummary,
  LinkRule,
  Mode,
  PolicyInfo,
  RelatedName,
  RouteConfiguration,
  TenantId,
} from "@parapet/model";
import type {
  DeadLetterDiscard,
  DeadLetterReplay,
  DeadLettersPage,
  DemoRun,
  ExchangeDetail,
  InspectRequest,
  InspectResponse,
  PolicyCaseResult,
  SelfTestRunDetail,
  SelfTestRuns,
  Sources,
  VerifyResult,
} from "@parapet/model/api";
import type { z } from "zod";
import type { Authenticator } from "#access";
import type { Desk } from "#approvals";
import type { PinBook } from "#pins";
import type { Candidate } from "./compare-rules.ts";
import type { Ledger } from "#ledger";
import type { Clock, Logger, Metrics } from "#platform";
import type { RuleSet } from "#rules";
import type { ControlStore, EventStore, Spool } from "#storage";

/** Policies as they are in force, and what is wrong with the files. */
export interface PolicyState {
  readonly version: string;
  readonly policies: readonly PolicyInfo[];
  readonly diagnostics: readonly Diagnostic[];
  readonly loadedAt: string;
  readonly test: () => readonly PolicyCaseResult[];
}

/** Rules as they are in force, and what is wrong with the files. */
export interface RuleState {
  readonly set: RuleSet;
  readonly diagnostics: readonly Diagnostic[];
  readonly loadedAt: string;
}

/** What the API stands on; compose puts it together. Handlers reach nothing else. */
export interface ApiTools {
  readonly authenticator: Authenticator;
  readonly control: ControlStore;
  readonly events: EventStore;
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pepper: Buffer;
  readonly routes: readonly RouteConfiguration[];
  /** Most findings put before one person at once. */
  readonly findingsBudget: number;
  readonly modeOf: (route: RouteConfiguration) => Mode;
  readonly setMode: (tenant: TenantId, route: string, mode: Mode, actor: string) => Promise<void>;
  /** Makes the gateway see keys that were just changed. */
  readonly reloadKeys: () => Promise<void>;
  readonly setCredential: (tenant: TenantId, name: string, value: string) => Promise<void>;
  readonly policies: () => PolicyState;
  readonly rules: () => RuleState;
  readonly checkPolicy: (text: string) => {
    readonly diagnostics: readonly Diagnostic[];
    readonly policies: readonly PolicyInfo[];
  };
  /** Rules as they would be with a text over them. */
  readonly candidateRules: (text: string) => Candidate;
  /** Takes promoted changes of rules into force. */
  readonly reloadRules: () => Promise<void>;
  /** What agents may do: as the file declares it, and with what was confirmed here over it. */
  readonly agentContent: {
    readonly inFile: readonly AgentDeclaration[];
    readonly inForce: () => {
      readonly agents: readonly AgentDeclaration[];
      readonly limits: readonly BusinessLimit[];
    };
    /** Takes what was confirmed or withdrawn into force. */
    readonly reload: () => Promise<void>;
  };
  /** Of the gateway's listener: what sandboxes of agents may reach. */
  readonly listenPort: number;
  readonly frameworks: readonly Framework[];
  /** Rules and watched behaviours in force, without when they last found something. */
  readonly signals: () => readonly CoverageSignal[];
  /** Sources that could be connected. */
  readonly knownSources: readonly { readonly id: string; readonly title: string }[];
  readonly linkRules: readonly LinkRule[];
  /** Names that belong to this one, surest first. */
  readonly relatedNames: (tenant: TenantId, name: string, confidenceMin: number) => readonly RelatedName[];
  readonly readExchange: (tenant: TenantId, id: string) => Promise<ExchangeDetail | undefined>;
  readonly eraseSubject: (
    tenant: TenantId,
    subject: string,
  ) => Promise<{ readonly existed: boolean; readonly exchanges: number }>;
  readonly approvals: Pick<Desk, "show" | "decide" | "bearerOf">;
  /** Definitions of MCP servers' tools. */
  readonly pins: Pick<PinBook, "list" | "approve">;
  readonly inspect: (request: InspectRequest) => InspectResponse;
  readonly verifyLedger: () => Promise<VerifyResult>;
  readonly runDemo: (step: string) => Promise<z.infer<typeof DemoRun> | undefined>;
  /** Settings by which baselines are learned. */
  readonly behaviour: BehaviourConfiguration;
  /** Ids of the probes that are configured. */
  readonly probes: readonly string[];
  readonly selfTest: {
    readonly list: (limit: number) => Promise<SelfTestRuns>;
    readonly read: (id: string) => Promise<SelfTestRunDetail | undefined>;
    readonly start: (
      actor: string,
    ) =>
      | { readonly ok: true; readonly id: string; readonly rows: number }
      | { readonly ok: false; readonly reason: string };
  };
  /** Undefined where there is no such source. */
  readonly sources: {
    readonly list: () => Promise<Sources>;
    readonly deadLetters: (
      id: string,
      page: { readonly limit: number; readonly cursor?: string | undefined },
    ) => Promise<DeadLettersPage | undefined>;
    readonly replay: (id: string, ids: readonly string[] | undefined) => Promise<DeadLetterReplay | undefined>;
    readonly discard: (id: string, ids: readonly string[] | undefined) => Promise<DeadLetterDiscard | undefined>;
  };
  /** Calls back for each summary of the tenant; answers how to stop. */
  readonly subscribe: (tenant: TenantId, listener: (summary: ExchangeSummary) => void) => () => void;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly settings: () => {
    readonly version: string;
    readonly dataDirectory: string;
    readonly configurationFile: string | undefined;
    readonly configuration: unknown;
    readonly diagnostics: readonly Diagnostic[];
  };
}

export interface AuditEntry {
  readonly tenant: TenantId;
  readonly type: string;
  readonly actor: string;
  readonly address: string;
  readonly target: string;
  readonly outcome: "success" | "failure";
  readonly detail: Readonly<Record<string, unknown>>;
}
