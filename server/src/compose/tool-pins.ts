import { DEFAULT_TENANT, type AuditRecord, type Configuration } from "@parapet/model";
import type { Inspector } from "#detectors";
import { createPinBook, changeJudge, type PinBook, type PinStore } from "#pins";
import { auditRecord, inspectTexts } from "#pipeline";
import { systemClock, type Logger, type Metrics } from "#platform";

/** The pins of this installation's tools, with who judges what a new definition adds. */
export const openPins = async (options: {
  readonly configuration: Configuration;
  readonly store: PinStore;
  /** Asked for when a definition is judged, not before. */
  readonly inspector: () => Inspector;
  readonly audit: (record: AuditRecord) => void;
  /** Told when a definition that waited is in force. */
  readonly onApproved: () => void;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): Promise<PinBook> => {
  const { configuration, metrics, logger } = options;
  const trusted = new Set(configuration.mcp.servers.filter((one) => one.trust_annotations).map(({ id }) => id));
  const book = await createPinBook({
    store: options.store,
    judge: changeJudge({
      content: { tools: configuration.tools, agents: [] },
      trusts: (server) => trusted.has(server),
      inspect: (text) => inspectTexts(options.inspector(), [{ text, provenance: "tool-description" }]).matches,
    }),
    clock: systemClock,
    onChange: (pin, what, actor) => {
      const { server, tool, state, hash, pending } = pin;
      const detail = {
        server,
        tool,
        state,
        hash,
        ...(pending !== undefined && {
          pending: pending.hash,
          kind: pending.kind,
          adds: pending.adds.map(({ kind }) => kind),
        }),
      };
      const entry = {
        tenant: DEFAULT_TENANT,
        type: `tool.${what}`,
        actor,
        target: `${server}/${tool}`,
        detail,
      } as const;
      options.audit(auditRecord({ ...entry, outcome: "success" }, systemClock.now()));
      if (what === "held") logger.warn({ server, tool, kind: pending?.kind }, "a tool's definition waits for approval");
      if (what === "approved") options.onApproved();
    },
    onTrouble: (error) => logger.error({ error }, "a tool's pin could not be kept"),
  });
  metrics
    .gauge(
      "parapet_tool_pins",
      "Tools of MCP servers and applications, and cards of A2A agents, by the state of their definition",
    )
    .readEach(() =>
      [...Map.groupBy(book.list(), ({ state }) => state)].map(([state, pins]) => [{ state }, pins.length]),
    );
  return book;
};
