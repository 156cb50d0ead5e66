import type { Approval, ExchangeOrigin, HeldContent, HeldKind, TenantId, Verdict } from "@parapet/model";

/** One thing of an exchange that policy holds: a call, the request, or the response. */
export interface HeldThing {
  readonly what: HeldKind;
  readonly digest: string;
  readonly server: string;
  readonly tool: string;
  readonly content: HeldContent;
  readonly verdict: Verdict;
}

/** A response that waits, as the upstream sent it: it takes the road again when it is given out. */
export interface KeptAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Everything of one exchange that policy holds. */
export interface HeldExchange {
  readonly origin: ExchangeOrigin;
  /** Who asks the same again gets what waits; empty where nothing can be asked again. */
  readonly requestDigest: string;
  /** Risk of the session, 0 to 1000. */
  readonly risk: number;
  readonly things: readonly HeldThing[];
  readonly answer?: KeptAnswer | undefined;
}

export type Asked =
  /** All were approved, and are used up now. */
  | { readonly kind: "passes"; readonly approvals: readonly string[] }
  /** At least one waits or was denied; all of them, in the order of `things`. */
  | { readonly kind: "waits" | "denied"; readonly approvals: readonly Approval[] }
  /** Nobody can be asked; the sentence says why. */
  | { readonly kind: "refused"; readonly reason: string };

/** What became of an earlier request that was held. */
export type Waiting =
  | { readonly kind: "waits" | "denied"; readonly approvals: readonly Approval[] }
  /** All is approved. Without an answer the request passes, and what it leads to is asked about again. */
  | { readonly kind: "approved"; readonly answer: KeptAnswer | undefined };

/**
 * What a gateway asks of whoever keeps the approvals: in the same process, or the monitor over the control channel.
 * Rejects when they cannot be asked; the gateway then lets nothing pass.
 */
export interface ApprovalGate {
  /** Key of the digests. */
  readonly key: Buffer;
  /** Where a person looks at it. */
  readonly addressOf: (approval: Pick<Approval, "id">) => string;
  /** Digests of requests that something waits for; a hint, asked for each request. */
  readonly requests: () => ReadonlySet<string>;
  /** Passes when all was approved, each used up with it; else what is not yet asked for is asked for. */
  readonly ask: (held: HeldExchange) => Promise<Asked>;
  readonly waiting: (tenant: TenantId, requestDigest: string) => Promise<Waiting | undefined>;
  /** Resolves when one of them is decided or expires, or when the time is over or the signal says so. */
  readonly settled: (
    approvals: readonly Pick<Approval, "id">[],
    limit: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<void>;
}
