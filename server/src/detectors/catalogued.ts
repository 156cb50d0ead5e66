import type { Category } from "@parapet/model";
import type { z } from "zod";
import type { Detector, Inspection, StreamTraits, Subject } from "./detector.ts";

/** A detector of any settings: they are parsed by its own schema when it is compiled. */
export interface CataloguedDetector {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly categories: readonly Category[];
  readonly contextual: boolean;
  readonly skips?: Detector["skips"];
  readonly literals?: readonly string[];
  readonly stream: StreamTraits;
  readonly settings: z.ZodType;
  /** Throws a `ZodError` when the settings are not the detector's. Undefined settings are the defaults. */
  readonly compile: (settings: unknown) => CompiledDetector;
}

export interface CompiledDetector {
  /** With defaults filled in. */
  readonly settings: unknown;
  readonly inspect: (subject: Subject) => Inspection;
}

/** Closes over the settings' type, so that detectors of different settings stand in one list. */
export const catalogued = <Settings>(detector: Detector<Settings>): CataloguedDetector => ({
  ...detector,
  compile: (settings) => {
    const parsed = detector.settings.parse(settings ?? {});
    return { settings: parsed, inspect: detector.create(parsed) };
  },
});
