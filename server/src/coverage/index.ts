/**
 * Which attacks could be seen with the sources that really arrive, and what would close the gaps.
 *
 * Pure: frameworks, signals and sources come in. Invariant: a cell is covered only when a signal that exists has a
 * source that is live; that something could be connected covers nothing.
 */
export { computeCoverage } from "./compute-coverage.ts";
export { loadFrameworks } from "./load-frameworks.ts";
export { effortOf } from "./source-effort.ts";
