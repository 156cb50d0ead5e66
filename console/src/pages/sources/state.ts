import type { SourceState, SourceStatus } from "@parapet/model/api";
import { plural } from "../../components/format.ts";

/** Colour, shape and word: any one of the three is enough. */
export const STATE_WORDS: Readonly<Record<SourceState, { readonly shape: string; readonly word: string }>> = {
  arriving: { shape: "●", word: "arriving" },
  waiting: { shape: "○", word: "nothing yet" },
  attention: { shape: "◆", word: "look at it" },
  silent: { shape: "▲", word: "silent" },
  failing: { shape: "✕", word: "failing" },
};

export const needsSomebody = ({ state }: SourceStatus): boolean =>
  state === "attention" || state === "silent" || state === "failing";

/** The page's first sentence. */
export const answer = (sources: readonly SourceStatus[]): string => {
  if (sources.length === 0) return "No source of telemetry is connected";
  const troubled = sources.filter(needsSomebody).length;
  if (troubled > 0) return `${plural(troubled, "source")} ${troubled === 1 ? "needs" : "need"} you`;
  const arriving = sources.filter(({ state }) => state === "arriving").length;
  return arriving === 0
    ? `${plural(sources.length, "source")} connected, nothing came yet`
    : `${plural(arriving, "source")} arrive${arriving === 1 ? "s" : ""}`;
};
