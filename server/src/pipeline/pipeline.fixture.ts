import {
  DEFAULT_TENANT,
  ExchangeId,
  type ExchangeOrigin,
  type Lane,
  RouteConfiguration,
  type Mode,
  type Provenance,
  type Segment,
  type SpoolRecord,
} from "@parapet/model";
import { createInspector, DETECTORS, type CataloguedDetector, type InspectionContext } from "#detectors";
import { fakeClock, type FakeClock } from "#platform";
import { loadPolicies, type PolicySet } from "#policy";
import { PROTOCOLS, type DecodedRequest, type LocatedSegment, type StreamDecoder } from "#protocols";
import { createContentHash } from "./content-hash.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import type { RoadTools } from "./exchange-steps.ts";
import { createInspectionMemory, type InspectionMemory } from "./inspection-memory.ts";
import type { InspectionTools } from "./inspect-segments.ts";
import { createMaskVault, type MaskVault } from "./mask-vault.ts";
import type { Recorder } from "./recorder.ts";
import { createSessionRisk, type SessionRisk } from "./session-risk.ts";
import type { RawEvent } from "./stream-events.ts";

export const NO_CONTEXT: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};

/** Shaped like an AI vendor's key, and nobody's. */
export const SECRET =
  "sk-ant-api03-NqVwYS81VP7Hb1DX8pPd5khxE3pyIgKpaUnArl63XykWZeiNNCiia3anXn9k3ksu9mI4ROnl89Sm995ytbxAk7jqevt0MAA";

const POLICIES = `
@id("redact-secret")
@action("redact")
@redact("secret")
@redact_from("800")
@severity("high")
@message("A secret was removed.")
@description("Secrets anywhere but in tool calls.")
forbid (principal, action in [Action::"request", Action::"response"], resource)
when { context.confidence.secret >= 800 };

@id("block-secret-in-call")
@action("block")
@severity("critical")
@message("The tool call would hand over a secret.")
@description("Secrets in tool arguments.")
forbid (principal, action == Action::"tool_call", resource)
when { context.from.tool_arguments.secret >= 800 };

@id("block-markup")
@action("block")
@severity("high")
@message("Active markup.")
@description("Scripts in answers.")
forbid (principal, action == Action::"response", resource)
when { context.from.model.unsafe_markup >= 800 };
`;

/** Policies of a test. */
export const loadTestPolicies = (text: string): PolicySet => {
  const loaded = loadPolicies([{ path: "test.cedar", text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.set;
};

export const policies = loadTestPolicies(POLICIES);
export const noPolicies = loadTestPolicies("");

export const inspector = createInspector(DETECTORS);

/** The catalogue with one detector that fails, or cannot read, whatever it is shown. */
export const brokenInspector = (how: "failed" | "unscannable") => {
  const broken: CataloguedDetector = {
    id: "broken",
    version: "1",
    title: "Broken",
    description: "Of a test",
    categories: ["secret"],
    contextual: false,
    stream: { kind: "window", stride: 1, reach: 64 },
    settings: (DETECTORS[0] ?? raise("no detectors")).settings,
    compile: () => ({
      settings: {},
      inspect: () =>
        how === "failed"
          ? raise("a detector that stops")
          : { outcome: "unscannable", detections: [], reason: "of a test" },
    }),
  };
  return createInspector([...DETECTORS, broken]);
};

const raise = (message: string): never => {
  throw new Error(message);
};

export const routeOf = (settings: Partial<RouteConfiguration> = {}): RouteConfiguration =>
  RouteConfiguration.parse({
    id: "assistant",
    path: "/v1",
    protocol: "openai",
    upstream: "http://127.0.0.1:1",
    mode: "enforce",
    ...settings,
  });

/** Keeps records in the order of their durability, with whatever else a test notes between them. */
export interface TestRecorder extends Recorder {
  readonly log: SpoolRecord[];
  /** While set, nothing can be made durable. */
  failing: Error | undefined;
}

export const testRecorder = (): TestRecorder => {
  const recorder: TestRecorder = {
    log: [],
    failing: undefined,
    record: async (record) => {
      await Promise.resolve();
      if (recorder.failing !== undefined) throw recorder.failing;
      recorder.log.push(record);
    },
    note: (record) => {
      recorder.log.push(record);
    },
  };
  return recorder;
};

export interface TestRoad {
  readonly exchange: Exchange;
  readonly recorder: TestRecorder;
  readonly clock: FakeClock;
  readonly tools: InspectionTools;
  readonly sessions: SessionRisk;
}

export interface RoadOptions {
  readonly route?: Partial<RouteConfiguration>;
  readonly mode?: Mode;
  readonly policies?: PolicySet;
  readonly inspector?: InspectionTools["inspector"];
  readonly memory?: InspectionMemory;
  readonly sessions?: SessionRisk;
  readonly session?: string;
  readonly masks?: MaskVault;
  readonly principal?: string;
  readonly key?: string;
  readonly exchange?: string;
  readonly clock?: FakeClock;
  readonly secondOpinion?: RoadTools["secondOpinion"];
  readonly approvals?: RoadTools["approvals"];
  readonly agents?: RoadTools["agents"];
  readonly agent?: string;
  readonly sessionSource?: ExchangeOrigin["sessionSource"];
  readonly lane?: Lane;
  readonly toward?: "tool";
  readonly said?: string;
}

export const hash = createContentHash(Buffer.alloc(32, 7));

let exchanges = 0;
export const newExchangeId = (): ExchangeId =>
  ExchangeId.parse(`01990000-0000-7000-8000-${String((exchanges += 1)).padStart(12, "0")}`);

export const openRoad = (options: RoadOptions = {}): TestRoad => {
  const recorder = testRecorder();
  const clock = options.clock ?? fakeClock();
  const sessions = options.sessions ?? createSessionRisk();
  const tools: InspectionTools = {
    inspector: options.inspector ?? inspector,
    memory: options.memory ?? createInspectionMemory(1_000_000),
    hash,
  };
  const route = routeOf(options.route);
  const exchange = createExchange(
    {
      origin: {
        tenant: DEFAULT_TENANT,
        exchange: options.exchange === undefined ? newExchangeId() : ExchangeId.parse(options.exchange),
        route: route.id,
        protocol: "openai",
        endpoint: "POST /chat/completions",
        model: "gpt-test",
        session: options.session ?? "s-1",
        sessionSource: options.sessionSource ?? "header",
        ...(options.agent !== undefined && { agent: options.agent }),
        ...(options.lane !== undefined && { lane: options.lane }),
        principal: options.principal ?? "anonymous",
        ...(options.key !== undefined && { key: options.key }),
        address: "127.0.0.1",
        node: "node-1",
        boot: "boot-1",
        streamed: true,
      },
      route,
      mode: options.mode ?? route.mode,
      principal: { kind: "Anonymous", id: "anonymous" },
      startedMs: clock.monotonic(),
      requestBytes: 10,
      ...(options.toward !== undefined && { toward: options.toward }),
      ...(options.said !== undefined && { said: options.said }),
    },
    {
      inspection: () => tools,
      ...(options.secondOpinion !== undefined && { secondOpinion: options.secondOpinion }),
      ...(options.agents !== undefined && { agents: options.agents }),
      policies: () => options.policies ?? policies,
      ...(options.approvals !== undefined && { approvals: options.approvals }),
      recorder,
      sessions,
      masks: options.masks ?? createMaskVault(Buffer.alloc(32, 5), clock),
      clock,
    },
  );
  return { exchange, recorder, clock, tools, sessions };
};

export const segmentOf = (text: string, provenance: Provenance = "user", index = 0): Segment => ({
  index,
  direction: provenance === "model" || provenance === "tool-arguments" ? "response" : "request",
  pointer: `/messages/${index}/content`,
  role: provenance,
  provenance,
  text,
});

export const requestOf = (texts: readonly string[], provenance: Provenance = "user"): DecodedRequest => ({
  segments: texts.map((text, index): LocatedSegment => ({
    ...segmentOf(text, provenance, index),
    direction: "request",
    byteStart: 0,
    byteEnd: 0,
  })),
  unscannable: [],
  model: "gpt-test",
  stream: true,
  session: "",
  user: "",
  fingerprint: [],
  toolNames: [],
  tokensMax: 0,
});

export const openAiDecoder = (): StreamDecoder => decoderOf("openai");

/** Of the first endpoint of a protocol that streams. */
export const decoderOf = (protocol: string): StreamDecoder => {
  const endpoint = PROTOCOLS.find(({ id }) => id === protocol)?.endpoints.find(
    ({ streamDecoder }) => streamDecoder !== undefined,
  );
  return endpoint?.streamDecoder?.(0) ?? raise("no protocol streams");
};

export const rawEvent = (data: string): RawEvent => ({ data, raw: Buffer.from(`data: ${data}\n\n`) });
