import type { AssetValue, Finding, ScorePart, Severity } from "@parapet/model";

const BY_SEVERITY: Readonly<Record<Severity, number>> = {
  informational: 5,
  low: 20,
  medium: 40,
  high: 65,
  critical: 85,
};
const BY_VALUE: Readonly<Record<AssetValue["value"], number>> = { low: -15, normal: 0, high: 8, critical: 15 };
const SOURCE_POINTS = 4;
const SOURCES_MAX = 3;

export interface Score {
  readonly score: number;
  readonly scoreParts: ScorePart[];
}

/** `prod-*` fits `prod-chat`; without a star a name fits itself. */
const fits = (pattern: string, name: string): boolean => {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest.slice(0, -1)) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  const last = rest.at(-1) ?? "";
  return name.length - last.length >= at && name.endsWith(last);
};

/** The most valuable of the assets that the finding names. */
export const assetOf = (finding: Pick<Finding, "entities">, assets: readonly AssetValue[]): AssetValue | undefined => {
  const names = Object.values(finding.entities);
  return assets
    .filter(({ name }) => names.some((one) => fits(name, one)))
    .toSorted((left, right) => BY_VALUE[right.value] - BY_VALUE[left.value])[0];
};

/**
 * 0 to 100. Severity is most of it. Evidence counts by sources that tell of it independently, never by how often one
 * rule repeats itself: many unverified sightings of one kind are not a proof.
 */
export const scoreOf = (
  finding: Pick<Finding, "severity" | "sources" | "entities">,
  assets: readonly AssetValue[],
): Score => {
  const parts: ScorePart[] = [{ points: BY_SEVERITY[finding.severity], why: `severity ${finding.severity}` }];
  const others = Math.min(SOURCES_MAX, finding.sources.length - 1);
  if (others > 0) {
    parts.push({
      points: others * SOURCE_POINTS,
      why: `seen by ${finding.sources.length} sources that do not depend on each other`,
    });
  }
  const asset = assetOf(finding, assets);
  if (asset !== undefined && asset.value !== "normal")
    parts.push({ points: BY_VALUE[asset.value], why: `${asset.name} is of ${asset.value} value` });
  const score = parts.reduce((sum, { points }) => sum + points, 0);
  return { score: Math.max(0, Math.min(100, score)), scoreParts: parts };
};
