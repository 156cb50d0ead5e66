import { isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { SEVERITIES, severityRank, type Severity } from "@parapet/model";
import { DETECTORS } from "#detectors";
import { summarySentence, uninspectedSentence } from "./summarise.ts";
import type { ScanReport, ScanResult } from "./tally.ts";

/** SARIF 2.1.0 §3.27.10. */
const LEVEL: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  informational: "note",
};
/** What code hosts sort by: the middle of the CVSS band. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "3.0",
  informational: "0.0",
};

const ruleIdOf = ({ detector, type }: ScanResult): string => `${detector}/${type}`;

/** A relative URI below the working directory, an absolute one elsewhere. */
const artifact = (file: string, base: string) => {
  const inside = relative(base, file);
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return { uri: pathToFileURL(file).href };
  return { uri: inside.split(sep).map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
};

const ruleOf = (id: string, results: readonly ScanResult[]) => {
  const [first] = results;
  const detector = DETECTORS.find((one) => one.id === first?.detector);
  const worst = SEVERITIES[Math.max(...results.map(({ severity }) => severityRank(severity)))] ?? "informational";
  return {
    id,
    name: id.replaceAll(/[^A-Za-z0-9]+([A-Za-z0-9]?)/g, (_all, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${detector?.title ?? id}: ${first?.type ?? ""}` },
    fullDescription: { text: detector?.description ?? id },
    help: { text: `${detector?.description ?? id} See docs/scan.md.` },
    defaultConfiguration: { level: LEVEL[worst] },
    properties: {
      tags: ["security", first?.category ?? ""],
      precision: "medium",
      "security-severity": SECURITY_SEVERITY[worst],
    },
  };
};

const resultOf = (result: ScanResult, ruleIndex: number, base: string) => ({
  ruleId: ruleIdOf(result),
  ruleIndex,
  level: LEVEL[result.severity],
  message: { text: result.reason },
  locations: [
    {
      physicalLocation: {
        artifactLocation: artifact(result.file, base),
        region: result.span ?? { startLine: result.line },
      },
      ...(result.pointer !== "" && { logicalLocations: [{ fullyQualifiedName: result.pointer, kind: "value" }] }),
    },
  ],
  partialFingerprints: { "parapet/v1": result.fingerprint },
  ...(result.count > 1 && { occurrenceCount: result.count }),
  properties: {
    confidence: result.confidence,
    severity: result.severity,
    provenance: result.provenance,
    category: result.category,
  },
});

const notification = (level: "warning" | "note", text: string, file: string, base: string, line?: number) => ({
  level,
  message: { text },
  locations: [
    {
      physicalLocation: {
        artifactLocation: artifact(file, base),
        ...(line !== undefined && { region: { startLine: line } }),
      },
    },
  ],
});

/** A SARIF 2.1.0 log of one run. Holds reasons and places, never the text that was found. */
export const toSarif = (
  { summary, results, uninspected, skipped }: ScanReport,
  version: string,
  base: string,
): unknown => {
  const byRule = Map.groupBy(results, ruleIdOf);
  const ids = [...byRule.keys()].sort();
  const index = new Map(ids.map((id, position) => [id, position]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Parapet",
            semanticVersion: version,
            rules: ids.map((id) => ruleOf(id, byRule.get(id) ?? [])),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "The directory in which the scan ran" } } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              ...uninspected.map(({ file, line, reason }) => notification("warning", reason, file, base, line)),
              ...skipped.map(({ path, reason }) => notification("note", `skipped: ${reason}`, path, base)),
            ],
          },
        ],
        results: results.map((result) => resultOf(result, index.get(ruleIdOf(result)) ?? 0, base)),
        properties: { summary: summarySentence(summary), notInspected: uninspectedSentence(summary) },
      },
    ],
  };
};
