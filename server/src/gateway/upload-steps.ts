import type { IncomingMessage } from "node:http";
import type { RouteConfiguration } from "@parapet/model";
import { Fault } from "#platform";
import { NO_REQUEST, type DecodedRequest, type DecodedResponse, type UploadStep } from "#protocols";
import type { StoredKey } from "#storage";
import type { BodyShape } from "./body-shape.ts";
import type { ByteShare } from "./byte-budget.ts";
import { INLINE_BYTES_MAX } from "./examination-pool.ts";
import type { Examined } from "./examination.ts";
import { identify, principalName } from "./identify.ts";
import type { KeptUpload, KeptUploads, PartOnItsWay, UploadScope } from "./kept-uploads.ts";
import { joinPieces } from "./shared-bytes.ts";

export interface ReadRequest extends Examined<DecodedRequest> {
  readonly bytes: Buffer | undefined;
}

/** A step of an upload. */
interface Entering {
  /** Undefined where it only ends one. */
  readonly step: UploadStep | undefined;
  /** As the path names the upload; empty where it is begun. */
  readonly id: string;
  readonly scope: UploadScope;
  readonly inspects: boolean;
  readonly enforces: boolean;
  readonly share: ByteShare;
  readonly examine: (bytes: Buffer, shape: BodyShape) => Promise<Examined<DecodedRequest>>;
}

/** A step that may be taken. */
interface Entered {
  /** The request; where it completes an upload, with the whole file as what it says. */
  readonly request: ReadRequest;
  /** False: it completes an upload that was not read here. */
  readonly isRead: boolean;
  readonly answered: (answer: Pick<DecodedResponse, "upload">) => void;
  readonly left: () => void;
}

const UNSEEN =
  "This gateway has not seen all of this upload, or keeps it no longer, so nobody here knows what it holds. Begin it anew, and send its parts through here within the hour.";

/**
 * What a request means to a file that comes in parts. A part is kept before it is
 * passed on, and the file is read before it is completed; what cannot be is refused where the route enforces, else named
 * as unscannable. Throws the faults of `KeptUploads`, and `not_inspected`.
 */
export const enterUpload = async (kept: KeptUploads, received: ReadRequest, entering: Entering): Promise<Entered> => {
  const { step, id, scope, inspects, enforces } = entering;
  if (step?.kind === "begin") {
    if (enforces) kept.expect(scope, step.bytes);
    return entered(received, (made) => inspects && kept.begin(scope, made.id, step.purpose));
  }
  const upload = enforces ? kept.find(scope, id) : ownOrNone(kept, scope, id);
  if (step?.kind === "part") {
    const part = keepPart(upload, received, step, enforces);
    if (part === undefined) return unseen(received, enforces);
    return { ...entered(received, (made) => part.name(made.id)), left: part.drop };
  }
  const over = ({ isOver }: Answered): void => {
    if (isOver) upload?.end();
  };
  if (step === undefined) return entered(received, over);
  const whole = await readWhole(upload, received, step.parts, entering);
  return whole === undefined ? unseen(received, enforces) : entered({ ...received, ...whole }, over);
};

/** Where the route only observes, somebody else's upload is one that was not seen. */
const ownOrNone = (kept: KeptUploads, scope: UploadScope, id: string): KeptUpload | undefined => {
  try {
    return kept.find(scope, id);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
};

type Answered = NonNullable<DecodedResponse["upload"]>;

const entered = (request: ReadRequest, answered: (upload: Answered) => unknown): Entered => ({
  request,
  isRead: true,
  answered: ({ upload }) => {
    if (upload !== undefined) answered(upload);
  },
  left: () => undefined,
});

const unseen = (received: ReadRequest, enforces: boolean): Entered => {
  if (enforces) throw new Fault("not_inspected", { message: UNSEEN });
  const part = { pointer: "", provenance: "user", reason: "a file that came in parts" } as const;
  const decoded = { ...received.decoded, unscannable: [...received.decoded.unscannable, part] };
  return { ...entered({ ...received, decoded, inspected: undefined }, () => undefined), isRead: false };
};

/** A route that only observes refuses nothing for want of room: the file is then one that nobody has seen. */
const keepPart = (
  upload: KeptUpload | undefined,
  { bytes }: ReadRequest,
  { start, end }: Extract<UploadStep, { kind: "part" }>,
  enforces: boolean,
): PartOnItsWay | undefined => {
  try {
    return bytes === undefined ? undefined : upload?.add(bytes.subarray(start, end));
  } catch (error) {
    if (enforces || !(error instanceof Fault)) throw error;
    return undefined;
  }
};

/** The whole file, as what its completion says. Nothing can be taken out of it: its bytes are at the provider already. */
const readWhole = async (
  upload: KeptUpload | undefined,
  { decoded: own }: ReadRequest,
  parts: readonly string[] | undefined,
  { share, examine }: Entering,
): Promise<Examined<DecodedRequest> | undefined> => {
  const pieces = parts === undefined ? undefined : upload?.pieces(parts);
  // What a completion says besides ids that it was given stands beside the file, and nobody reads both at once.
  if (own.segments.some(({ text }) => parts?.includes(text) !== true)) return undefined;
  if (upload === undefined || pieces === undefined) return undefined;
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  share.take(bytes);
  const file = joinPieces(pieces, bytes, INLINE_BYTES_MAX);
  const { decoded, inspected } = await examine(file, { type: "", purpose: upload.purpose });
  return { decoded: { ...decoded, segments: decoded.segments.map((one) => ({ ...one, sealed: true })) }, inspected };
};

/** Who began an upload is whoever may go on with it: the key, and the user or agent that it speaks for. */
export const callerOf = (
  { headers }: IncomingMessage,
  key: StoredKey | undefined,
  configuration: RouteConfiguration,
): string => `${key?.id ?? ""} ${principalName(identify(headers, NO_REQUEST, key, configuration).principal)}`;
