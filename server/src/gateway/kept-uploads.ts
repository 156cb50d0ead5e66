import type { TenantId } from "@parapet/model";
import { Fault, type Clock } from "#platform";

/** As long as the provider keeps an upload that is not completed. */
export const KEPT_MS = 3_600_000;
/** Of one caller that are not completed, of all callers, and parts of one upload. */
const OPEN_MAX = 100;
const OPEN_TOGETHER_MAX = 10_000;
const PARTS_MAX = 1_000;
const RETRY_SECONDS = 60;

/** Whose an upload is, and where: an id means something to the caller that began it, on its route, and to nobody else. */
export interface UploadScope {
  readonly tenant: TenantId;
  readonly route: string;
  readonly caller: string;
}

export interface UploadBounds {
  /** Of one upload. */
  readonly uploadBytesMax: number;
  /** Of all uploads. One caller may hold half of it. */
  readonly uploadsBytesMax: number;
}

/** A part on its way to the upstream, which names it. */
export interface PartOnItsWay {
  readonly name: (id: string) => void;
  /** Lets go of it, unless it was named. */
  readonly drop: () => void;
}

export interface KeptUpload {
  readonly purpose: string;
  /** Throws the faults `body_too_large` and `overloaded`, with the limit, where it cannot be kept. */
  readonly add: (part: Buffer) => PartOnItsWay;
  /** Pieces of the file in this order; undefined where one of them did not come through here. */
  readonly pieces: (ids: readonly string[]) => readonly Buffer[] | undefined;
  readonly end: () => void;
}

export interface KeptUploads {
  /** Throws the faults `body_too_large`, `overloaded` and `rate_limited` where an upload of so many bytes cannot be begun. */
  readonly expect: (scope: UploadScope, bytes: number) => void;
  readonly begin: (scope: UploadScope, id: string, purpose: string) => void;
  /** Undefined where this gateway did not see it begin, or it is over. Throws the `forbidden` fault where it is another caller's. */
  readonly find: (scope: UploadScope, id: string) => KeptUpload | undefined;
  /** Held by all of them. */
  readonly bytes: () => number;
}

interface Upload {
  readonly owner: string;
  readonly purpose: string;
  readonly endMs: number;
  /** Under their ids, or under a mark while they have none. */
  readonly parts: Map<string | symbol, Buffer>;
  bytes: number;
}

const tooLarge = (bytesMax: number): Fault =>
  new Fault("body_too_large", {
    message: `The upload is larger than the ${bytesMax} bytes that limits.uploadBytesMax keeps until all of it can be inspected.`,
  });

/**
 * The parts of uploads, in memory, until the whole is read. What a gateway did not see or has let go of it cannot read,
 * and says so.
 */
export const createKeptUploads = ({ uploadBytesMax, uploadsBytesMax }: UploadBounds, clock: Clock): KeptUploads => {
  const uploads = new Map<string, Upload>();
  let total = 0;

  const keyOf = ({ tenant, route }: UploadScope, id: string): string => `${tenant} ${route} ${id}`;
  const ownerOf = ({ tenant, caller }: UploadScope): string => `${tenant} ${caller}`;
  const end = (key: string): void => {
    const upload = uploads.get(key);
    total -= upload?.bytes ?? 0;
    upload?.parts.clear();
    uploads.delete(key);
  };
  /** In the order in which they began. */
  const sweep = (): void => {
    const now = clock.monotonic();
    for (const [key, { endMs }] of uploads) {
      if (endMs > now) return;
      end(key);
    }
  };
  const ofOwner = (owner: string): readonly Upload[] => [...uploads.values()].filter((one) => one.owner === owner);

  const add = (upload: Upload, part: Buffer): PartOnItsWay => {
    const { parts, owner } = upload;
    if (upload.bytes + part.length > uploadBytesMax) throw tooLarge(uploadBytesMax);
    if (parts.size >= PARTS_MAX)
      throw new Fault("body_too_large", { message: `An upload may have ${PARTS_MAX} parts here.` });
    const own = ofOwner(owner).reduce((sum, { bytes }) => sum + bytes, 0);
    if (total + part.length > uploadsBytesMax || own + part.length > uploadsBytesMax / 2)
      throw new Fault("overloaded", {
        retryAfterSeconds: RETRY_SECONDS,
        message: `Uploads that are not completed hold as much as limits.uploadsBytesMax (${uploadsBytesMax} bytes) allows; complete or cancel some of them, or try again later.`,
      });
    const mark = Symbol("a part without a name");
    // A copy: what it was received in is larger.
    parts.set(mark, Buffer.from(part));
    upload.bytes += part.length;
    total += part.length;
    return {
      name: (id) => {
        const bytes = parts.get(mark);
        if (bytes === undefined || parts.has(id)) return;
        parts.delete(mark);
        parts.set(id, bytes);
      },
      drop: () => {
        if (!parts.delete(mark)) return;
        upload.bytes -= part.length;
        total -= part.length;
      },
    };
  };

  return {
    expect: (scope, bytes) => {
      sweep();
      if (bytes > uploadBytesMax) throw tooLarge(uploadBytesMax);
      if (uploads.size >= OPEN_TOGETHER_MAX) throw new Fault("overloaded", { retryAfterSeconds: RETRY_SECONDS });
      if (ofOwner(ownerOf(scope)).length < OPEN_MAX) return;
      throw new Fault("rate_limited", {
        retryAfterSeconds: RETRY_SECONDS,
        message: `${OPEN_MAX} uploads of one caller may be open at a time; complete or cancel some of them.`,
      });
    },
    begin: (scope, id, purpose) => {
      const key = keyOf(scope, id);
      // An id that is given twice would make one file of two.
      if (uploads.has(key) || uploads.size >= OPEN_TOGETHER_MAX) return;
      uploads.set(key, {
        owner: ownerOf(scope),
        purpose,
        endMs: clock.monotonic() + KEPT_MS,
        parts: new Map(),
        bytes: 0,
      });
      setTimeout(sweep, KEPT_MS + 1).unref();
    },
    find: (scope, id) => {
      sweep();
      const key = keyOf(scope, id);
      const upload = uploads.get(key);
      if (upload === undefined) return undefined;
      if (upload.owner !== ownerOf(scope))
        throw new Fault("forbidden", { message: "This upload is another caller's." });
      return {
        purpose: upload.purpose,
        add: (part) => add(upload, part),
        pieces: (ids) => {
          const pieces = ids.flatMap((one) => upload.parts.get(one) ?? []);
          return pieces.length === ids.length ? pieces : undefined;
        },
        end: () => end(key),
      };
    },
    bytes: () => total,
  };
};
