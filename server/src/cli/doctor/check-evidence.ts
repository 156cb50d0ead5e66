import { existsSync, statSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Overview } from "@parapet/model/api";
import type { LoadedConfiguration } from "#compose";
import { verifyLog } from "#ledger";
import { systemClock } from "#platform";
import { ageOf, attention, broken, ok, type CheckLine } from "./check-line.ts";

/** Above this a whole verification takes longer than a doctor may; `evidence verify` has the time. */
const VERIFIED_ENTRIES_MAX = 200_000;
const LAG_ATTENTION = 10_000;
const LATE_FACTOR = 12;

/** Whether the log holds and how old its newest checkpoint is. */
export const checkSigned = async (
  { configuration }: LoadedConfiguration,
  pending: number | undefined,
): Promise<readonly CheckLine[]> => {
  const path = join(configuration.data, "ledger", "tiles", "checkpoint");
  if (!existsSync(path))
    return [
      attention(
        "signed",
        "ledger",
        "nothing was signed yet",
        "the first checkpoint comes a few seconds after the first record",
      ),
    ];
  const ageMs = systemClock.now() - statSync(path).mtimeMs;
  const size = Number(readFileSync(path, "utf8").split("\n")[1] ?? 0);
  const isLate = (pending ?? 0) > 0 && ageMs > configuration.ledger.checkpointSeconds * 1_000 * LATE_FACTOR;
  const aged = isLate
    ? attention(
        "signed",
        "checkpoint",
        `${ageOf(ageMs)} old, and records wait to be signed`,
        "look for `draining failed` in the log",
      )
    : ok("signed", "checkpoint", `${ageOf(ageMs)} old, ${size} entries`);
  if (size > VERIFIED_ENTRIES_MAX)
    return [
      aged,
      attention("signed", "ledger", `too long to be verified here (${size} entries)`, "run: parapet evidence verify"),
    ];
  const result = await verifyLog({ directory: configuration.data });
  const [first] = result.problems;
  return [
    aged,
    first === undefined
      ? ok("signed", "ledger", `verifies, ${result.size} entries`)
      : broken(
          "signed",
          "ledger",
          `does not verify: ${first.message}`,
          "run: parapet evidence verify, and keep a copy of the directory as it is",
        ),
  ];
};

/** What a running server says of its spool. */
export const checkSpool = ({ spoolLag, lost }: Overview["evidence"], later: number): readonly CheckLine[] => {
  const isStuck = spoolLag > 0 && later >= spoolLag;
  return [
    spoolLag === 0
      ? ok("lagging", "spool", "nothing waits")
      : isStuck && later > LAG_ATTENTION
        ? broken(
            "lagging",
            "spool",
            `${later} records wait and do not get fewer`,
            "look for `draining failed` in the log",
          )
        : later > LAG_ATTENTION
          ? attention("lagging", "spool", `${later} records wait, getting fewer`)
          : ok("lagging", "spool", `${later} records wait`),
    lost === 0
      ? ok("lost", "evidence", "nothing was lost since the start")
      : attention(
          "lost",
          "evidence",
          `${lost} records of best-effort routes could not be written`,
          "set evidence: required where every exchange must be provable",
        ),
  ];
};
