import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { createExtractor } from "#documents";
import { createInspector, DETECTORS } from "#detectors";
import { createContentHash, createInspectionMemory, type InspectionTools } from "#pipeline";
import { mcp, PROTOCOLS, type Endpoint, type UnscannablePart } from "#protocols";
import type { BodyShape } from "./body-shape.ts";
import { decodeResponseBody } from "./decode-answer.ts";
import {
  examineAnswer,
  examineEvent,
  examineRequest,
  type AnswerFrame,
  type SaidWithDocuments,
} from "./examination.ts";
import { documentsIn, type Said } from "./read-documents.ts";

/** What a pool hands to each of its workers. */
export interface WorkerSetup {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly contentKey: Uint8Array;
}

interface AnyJob {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly frame: AnswerFrame;
}

/** A body of an exchange, whole. */
export interface BodyJob extends AnyJob {
  readonly kind: "request" | "response";
  readonly protocol: string;
  readonly endpoint: string;
  readonly shape: BodyShape;
}

/** The documents of one event of a stream: of its texts the stream takes care. */
export interface EventJob extends AnyJob {
  readonly kind: "event";
  /** What of it no detector reads, by pointers into its data. */
  readonly parts: readonly UnscannablePart[];
}

/** A message of MCP, by the method of its request. */
export interface MessageJob extends AnyJob {
  readonly kind: "message";
  readonly from: "client" | "server";
  readonly method: string;
}

export type WorkerJob = BodyJob | EventJob | MessageJob;

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
  const extractor = createExtractor();
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

  const examine = async (job: WorkerJob): Promise<unknown> => {
    const { kind, bytes, frame } = job;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tools = toolsFor(frame.route.detectors);
    if (kind === "event") return examineEvent(body, job.parts, frame, tools, extractor);
    if (kind === "message") return examineAnswer(readMessage(body, job), frame, tools, extractor);
    const found = endpointNamed(job.protocol, job.endpoint);
    if (found === undefined) throw new Error(`no endpoint ${job.endpoint}`);
    if (kind === "request") return examineRequest(body, found, frame, tools, job.shape, extractor);
    const answer = decodeResponseBody(body, found, frame.depthMax, frame.firstIndex, job.shape);
    return answer.ok ? { ok: true, value: await examineAnswer(answer.value, frame, tools, extractor) } : answer;
  };

  parentPort?.on("message", (job: WorkerJob) => {
    void examine(job).then((result) => parentPort?.postMessage({ id: job.id, result }));
  });
};

const readMessage = (bytes: Buffer, { from, method, frame }: MessageJob): SaidWithDocuments<Said> => {
  const read = mcp.readMessage(bytes, frame.depthMax);
  if (!read.ok) throw new Error("a message that was read cannot be read again");
  const decoded = mcp.decodeMessage(read.message, from, method, frame.firstIndex);
  return { decoded, documents: documentsIn(read.message.scan, decoded) };
};

const endpointNamed = (protocol: string, name: string): Endpoint | undefined =>
  PROTOCOLS.find(({ id }) => id === protocol)?.endpoints.find((endpoint) => endpoint.name === name);

const isSetup = (value: unknown): value is WorkerSetup =>
  typeof value === "object" && value !== null && "contentKey" in value;
if (isSetup(workerData)) run(workerData);
