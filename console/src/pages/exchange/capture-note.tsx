import type { ExchangeDetail } from "@parapet/model/api";
import type { ReactNode } from "react";

const sentences: Readonly<Record<ExchangeDetail["capture"], string>> = {
  full: "",
  redacted: "Text is kept with matched spans redacted, as this route’s capture says.",
  hash: "This route keeps digests only: the text itself was never stored.",
  erased: "The text was erased with its subject’s key. The evidence still verifies.",
  expired: "The text is older than the retention time and was removed. The evidence still verifies.",
};

/** Why text is missing or changed, before anybody wonders. */
export const CaptureNote = ({ capture }: { readonly capture: ExchangeDetail["capture"] }): ReactNode =>
  sentences[capture] === "" ? null : <p className="soft small">{sentences[capture]}</p>;
