import { z } from "zod";

/** Sigma's `logsource`: what a rule is written for, and what a source's events are. */
export const LogSource = z.object({
  category: z.string().optional(),
  product: z.string().optional(),
  service: z.string().optional(),
});
export type LogSource = Readonly<z.infer<typeof LogSource>>;

/**
 * Which events a log source stands for. A rule reads an event when each of category, product and service that the
 * rule names is named alike by one of the bindings of the event's source, and the binding's kinds have the event's.
 */
export interface LogSourceBinding {
  readonly logsource: LogSource;
  /** Source of the events. */
  readonly source: string;
  /** Kinds of event; left out: all of the source. A kind may end in `*`. */
  readonly kinds?: readonly string[];
  /** First names of the fields that such events have, envelope left out; left out: not known, not checked. */
  readonly fields?: readonly string[];
}
