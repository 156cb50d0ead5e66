import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { createInspector, DETECTORS, type InspectionContext } from "#detectors";
import { createContentHash, createInspectionMemory, type InspectionTools } from "#pipeline";
import { PROTOCOLS, type Endpoint } from "#protocols";
import type { BodyShape } from "./body-shape.ts";
import { examineRequest, examineResponse, type ExaminationFrame } from "./examination.ts";

/** What a pool hands to each of its workers. */
export interface WorkerSetup {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly contentKey: Uint8Array;
}

export interface WorkerJob {
  readonly id: number;
  readonly direction: "request" | "response";
  readonly bytes: Uint8Array;
  readonly protocol: string;
  readonly endpoint: string;
  readonly shape: BodyShape;
  readonly frame: ExaminationFrame & { readonly firstIndex: number; readonly context: InspectionContext };
}

/** A large body may wait; the streams on the event loop may not. Linux alone gives threads priorities of their own. */
const stepBack = (): void => {
  if (process.platform !== "linux") return;
  try {
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    if (thread > 0 && thread !== process.pid) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where /proc is hidden, the thread shares as before.
  }
};

const run = (setup: WorkerSetup): void => {
  stepBack();
  const shared = { memory: createInspectionMemory(0), hash: createContentHash(Buffer.from(setup.contentKey)) };
  const toolsBySubset = new Map<string, InspectionTools>();
  const toolsFor = (subset: readonly string[] | undefined): InspectionTools => {
    const name = subset?.join(" ") ?? "";
    const known = toolsBySubset.get(name);
    if (known !== undefined) return known;
    const detectors = DETECTORS.filter(({ id }) => subset === undefined || subset.includes(id));
    const settings = Object.fromEntries(
      Object.entries(setup.settings).filter(([id]) => detectors.some((one) => one.id === id)),
    );
    const tools = { ...shared, inspector: createInspector(detectors, settings) };
    toolsBySubset.set(name, tools);
    return tools;
  };

  parentPort?.on("message", ({ id, direction, bytes, protocol, endpoint, shape, frame }: WorkerJob) => {
    const found = endpointNamed(protocol, endpoint);
    if (found === undefined) throw new Error(`no endpoint ${endpoint}`);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tools = toolsFor(frame.route.detectors);
    const result =
      direction === "request"
        ? examineRequest(body, found, frame, tools, shape)
        : examineResponse(body, found, frame, tools, shape);
    parentPort?.postMessage({ id, result });
  });
};

const endpointNamed = (protocol: string, name: string): Endpoint | undefined =>
  PROTOCOLS.find(({ id }) => id === protocol)?.endpoints.find((endpoint) => endpoint.name === name);

const isSetup = (value: unknown): value is WorkerSetup =>
  typeof value === "object" && value !== null && "contentKey" in value;
if (isSetup(workerData)) run(workerData);
