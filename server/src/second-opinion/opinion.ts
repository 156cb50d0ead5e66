import type { DoubtfulCategory, Provenance, TenantId } from "@parapet/model";

export interface OpinionQuestion {
  readonly tenant: TenantId;
  /** Cut, and redacted where it leaves this machine. */
  readonly text: string;
  readonly provenance: Provenance;
  readonly category: DoubtfulCategory;
  /** Of the detectors, 0 to 1. */
  readonly confidence: number;
}

export type Opinion =
  /** `confidence`: that the text is an attack, 0 to 1. */
  | { readonly outcome: "answered"; readonly confidence: number; readonly remembered: boolean }
  /** It was asked, and there is no answer. */
  | { readonly outcome: "failed"; readonly reason: string }
  /** It was not asked. */
  | { readonly outcome: "skipped"; readonly reason: string };

export type Advice =
  | { readonly ok: true; readonly confidence: number }
  | { readonly ok: false; readonly reason: string };

/** One kind of second opinion. Failures are values and never quote the text. */
export interface Advisor {
  /** Who answers, for reasons and receipts: the model's name or the host. */
  readonly name: string;
  /** Whether texts stay on this machine. */
  readonly isLocal: boolean;
  readonly ask: (question: Omit<OpinionQuestion, "tenant">, signal: AbortSignal) => Promise<Advice>;
  readonly close: () => Promise<void>;
}
