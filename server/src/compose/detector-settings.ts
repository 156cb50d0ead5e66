import type { Configuration, DoubtfulCategory } from "@parapet/model";
import { createInspector, DETECTORS, type CataloguedDetector, type Inspector } from "#detectors";
import { ZodError } from "zod";
import { StartRefused } from "./running.ts";

/** The detectors that are asked for their doubts, and of which category. */
const DOUBTING: Readonly<Record<string, DoubtfulCategory>> = {
  "prompt-injection": "prompt_injection",
  jailbreak: "jailbreak",
};

type Settings = Pick<Configuration, "detectors" | "second_opinion">;

/** The configuration's settings, and from where on doubts are told where somebody may be asked about them. */
export const detectorSettings = ({ detectors, second_opinion: asked }: Settings): Readonly<Record<string, unknown>> => {
  if (asked === undefined) return detectors;
  const doubting = Object.entries(DOUBTING).map(([id, category]) => {
    const own = detectors[id];
    // Settings of a wrong form are left as they are, to be refused by name.
    const isWrong = own !== undefined && (typeof own !== "object" || own === null);
    return [id, isWrong ? own : { doubt_from: asked.zone[category].from, ...own }];
  });
  return { ...detectors, ...Object.fromEntries(doubting) };
};

/** Detectors with the configuration's settings; throws an error that names the detector. */
export const configuredDetectors = (
  configuration: Settings,
  detectors: readonly CataloguedDetector[] = DETECTORS,
): Inspector => {
  const settings = Object.entries(detectorSettings(configuration));
  const isEverything = detectors === DETECTORS;
  // A name that no detector has is a mistake, told where all of them are compiled.
  return compiled(
    detectors,
    Object.fromEntries(settings.filter(([name]) => isEverything || detectors.some(({ id }) => id === name))),
  );
};

/** Wrong settings are a mistake in the configuration, told by their place. */
const compiled = (detectors: readonly CataloguedDetector[], settings: Readonly<Record<string, unknown>>): Inspector => {
  try {
    return createInspector(detectors, settings);
  } catch (error) {
    if (error instanceof ZodError) {
      throw new StartRefused(
        `detectors: ${error.issues.map(({ path, message }) => `${path.join(".") || "setting"}: ${message}`).join("; ")}`,
      );
    }
    throw error instanceof Error ? new StartRefused(`detectors: ${error.message}`) : error;
  }
};
