import { parentPort, workerData } from "node:worker_threads";
import { createInspector, DETECTORS } from "#detectors";
import { createContentHash, createInspectionMemory } from "#pipeline";
import { inspectTold } from "./inspect-told.ts";
import type { ToldTexts } from "./text-inspector.ts";

/** What the worker is started with. */
export interface InspectionSetup {
  /** Settings per detector, as configured. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly contentKey: Uint8Array;
}

/** System prompts come back with every span of an agent: what was looked at is remembered. */
const MEMORY_BYTES = 16 * 1024 * 1024;

const run = (setup: InspectionSetup): void => {
  const tools = {
    inspector: createInspector(DETECTORS, setup.settings),
    memory: createInspectionMemory(MEMORY_BYTES),
    hash: createContentHash(Buffer.from(setup.contentKey)),
  };
  parentPort?.on("message", (events: readonly ToldTexts[]) => {
    parentPort?.postMessage(events.map((texts) => inspectTold(texts, tools)));
  });
};

const isSetup = (value: unknown): value is InspectionSetup =>
  typeof value === "object" && value !== null && "contentKey" in value;
if (isSetup(workerData)) run(workerData);
