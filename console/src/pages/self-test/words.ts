import type { SelfTestResult } from "@parapet/model";

const fine = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** `34.3 %`; a dash where there is nothing to divide by. */
export const percent = (rate: number | null): string => (rate === null ? "–" : `${fine.format(rate * 100)} %`);

const results: Readonly<Record<SelfTestResult, string>> = {
  passed: "✓ passed",
  degraded: "▼ degraded",
  incomplete: "? incomplete",
};
export const resultWords = (result: SelfTestResult): string => results[result];
