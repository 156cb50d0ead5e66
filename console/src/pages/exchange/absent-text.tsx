import type { CapturedSegment } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import type { ReactNode } from "react";
import { plural } from "../../components/format.ts";
import classes from "./column.module.css";

const missing: Readonly<Record<ExchangeDetail["capture"], string>> = {
  full: "not stored",
  redacted: "not stored",
  hash: "digest only",
  erased: "erased",
  expired: "expired",
};

/** Stands where a text stood that is not there to be shown. */
export const AbsentText = ({
  segment,
  capture,
}: {
  readonly segment: CapturedSegment;
  readonly capture: ExchangeDetail["capture"];
}): ReactNode => (
  <p className={classes.absent}>
    Text {missing[capture]}: {plural(segment.length, "character")}, digest <code>{segment.digest.slice(0, 16)}</code>
  </p>
);
