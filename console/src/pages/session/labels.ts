import { DATA_CLASSES, type DataClass } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";

/** What a session held when an exchange of it was decided, and what of that is new. */
export interface SessionStep {
  readonly exchange: ExchangeDetail;
  readonly untrusted: boolean;
  readonly classes: readonly DataClass[];
  readonly known: boolean;
  /** What this exchange brought, or the ones between it and the last that called a tool. */
  readonly added: readonly string[];
}

/**
 * Labels grow along a session and never shrink. They are known where a tool was called; an exchange without calls
 * shows those of before.
 * @param exchanges oldest first
 */
export const labelSteps = (exchanges: readonly ExchangeDetail[]): readonly SessionStep[] => {
  let untrusted = false;
  let known = true;
  let classes: readonly DataClass[] = [];
  return exchanges.map((exchange) => {
    const flows = exchange.toolCalls.flatMap(({ facts }) => (facts === undefined ? [] : [facts.flow]));
    const held = new Set([...classes, ...flows.flatMap((flow) => flow.classes)]);
    const added = [
      ...(!untrusted && flows.some((flow) => flow.untrusted) ? ["untrusted content"] : []),
      ...DATA_CLASSES.filter((one) => held.has(one) && !classes.includes(one)).map((one) => `${one} data`),
      ...(known && flows.some((flow) => !flow.known) ? ["parts that nobody saw"] : []),
    ];
    untrusted ||= flows.some((flow) => flow.untrusted);
    known &&= flows.every((flow) => flow.known);
    classes = DATA_CLASSES.filter((one) => held.has(one));
    return { exchange, untrusted, classes, known, added };
  });
};
