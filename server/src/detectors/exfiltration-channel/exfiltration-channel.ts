import { z } from "zod";
import { completed, defineDetector, type Detection, type InspectionContext, type TextForm } from "../detector.ts";
import { payloadOf, SLOT_FOR_DATA, TOO_LONG } from "./link-payload.ts";
import { findLinks, type FoundLink } from "./link-scan.ts";
import { secretSearch } from "./registered-secrets.ts";
import { shellUploads } from "./shell-uploads.ts";

const Settings = z.strictObject({
  trusted_hosts: z
    .array(z.string())
    .default([])
    .describe("Hosts that may receive data on every route; `*.` prefix allowed. A route's `allowed_hosts` come on top"),
});

const HOLD_MARKS = ["![", "](", "http", "<img", "src=", "//"];

/** Responses and tool arguments that carry data out: links, images, uploads, written-out secrets. */
export const exfiltrationChannel = defineDetector({
  id: "exfiltration-channel",
  version: "2",
  title: "Exfiltration channel",
  description: "Finds links, images, uploads and encodings of registered secrets by which data leaves.",
  categories: ["exfiltration"],
  contextual: true,
  skips: (provenance, direction) =>
    direction === "request" && (provenance === "user" || provenance === "system" || provenance === "developer")
      ? "data leaves by responses, tool calls and what documents ask for"
      : undefined,
  stream: {
    kind: "span",
    reach: 1024,
    // An address that is still being written; anything before its last white space is complete.
    holdFrom: (window) => {
      const white = Math.max(window.lastIndexOf(" "), window.lastIndexOf("\n"));
      const marks = HOLD_MARKS.map((mark) => window.indexOf(mark, white + 1)).filter((at) => at >= 0);
      return Math.min(window.length, ...marks, openDestination(window), partialMark(window));
    },
  },
  settings: Settings,
  create: (settings) => (subject) => {
    const { context, prepared, provenance } = subject;
    const isForeign = provenance === "document" || provenance === "tool-result" || provenance === "tool-description";
    const detections: Detection[] = [];
    let unread = false;
    const search =
      context.registeredSecrets.length > 0 && !isForeign ? secretSearch(context.registeredSecrets) : undefined;
    for (const form of prepared.forms) {
      if (search !== undefined) {
        search.automaton.scan(form.text, (literal, start, end) => {
          detections.push(secretDetection(form, search.ways[literal] ?? "", start, end));
        });
      }
      if (form.view === "skeleton" || form.path.includes("reversed") || form.path.includes("rot13")) continue;
      const { links, isClipped } = findLinks(form.text, isWhole(form));
      unread ||= isClipped;
      for (const link of links) {
        const detection = linkDetection(form, link, context, settings.trusted_hosts, isForeign);
        if (detection !== undefined) detections.push(detection);
      }
      if (provenance === "tool-arguments" || provenance === "model") detections.push(...shellUploads(form, provenance));
    }
    return unread
      ? { outcome: "unscannable", detections, reason: "more addresses than are looked at" }
      : completed(detections);
  },
});

// Between `<` and `>` the address of a Markdown link may hold spaces.
const openDestination = (window: string): number => {
  const open = window.lastIndexOf("](<");
  return open < 0 || /[>\n]/.test(window.slice(open)) ? window.length : open;
};

// `!`, `]`, `<`, `h`, `ht` … at the very end may be the start of a mark.
const partialMark = (window: string): number => {
  const tail = window.slice(-4);
  for (let i = 0; i < tail.length; i++) {
    if (HOLD_MARKS.some((mark) => mark.startsWith(tail.slice(i)))) return window.length - tail.length + i;
  }
  return window.length;
};

const secretDetection = (form: TextForm, way: string, start: number, end: number): Detection => ({
  category: "exfiltration",
  type: "registered-secret",
  confidence: way === "in clear" && form.path === "" ? 0.9 : 0.95,
  severity: "critical",
  ...form.origin(start, end),
  reason: `A registered secret is written ${way}${form.path === "" ? "" : ` behind ${form.path}`}`,
  view: form.view,
});

const isWhole = ({ view }: TextForm): boolean => view === "original" || view === "normalised";

const hostOf = (url: string): string => /^(?:https?:)?\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(url)?.[1]?.toLowerCase() ?? "";

const isListed = (host: string, list: readonly string[]): boolean =>
  list.some((entry) => {
    const wanted = entry.toLowerCase();
    return wanted.startsWith("*.") ? host.endsWith(wanted.slice(1)) || host === wanted.slice(2) : host === wanted;
  });

// Confidence by how the address is embedded and what it carries (strength 0 to 3).
const PRIOR = {
  image: [0, 0.35, 0.6, 0.88],
  link: [0, 0.2, 0.4, 0.65],
  bare: [0, 0.15, 0.3, 0.5],
} as const;
const UNLISTED = { image: 0.7, link: 0.5, bare: 0.3 } as const;
const REPORT_MIN = 0.3;

const linkDetection = (
  form: TextForm,
  link: FoundLink,
  context: InspectionContext,
  trusted: readonly string[],
  isForeign: boolean,
): Detection | undefined => {
  const host = hostOf(link.url);
  if (host === "" || isListed(host, trusted) || isListed(host, context.allowedHosts)) return undefined;
  const payload = payloadOf(link.url);
  let confidence: number = PRIOR[link.kind][payload.strength];
  // Code on a playground's page is long too, but nothing loads it unasked.
  if (payload.what === TOO_LONG && link.kind === "image" && isWhole(form)) confidence = PRIOR.image[3];
  // With a list, any other host is a departure from it.
  const isUnlisted = context.allowedHosts.length > 0;
  if (isUnlisted && !isForeign) confidence = Math.max(confidence, UNLISTED[link.kind]);
  if (context.knownHosts.has(host)) confidence *= 0.5;
  // Documents quote links of every kind; only a slot for data shows what the link is for.
  if (isForeign) confidence = payload.what === SLOT_FOR_DATA ? 0.6 : 0;
  if (confidence < REPORT_MIN) return undefined;
  return {
    category: "exfiltration",
    type: `${link.kind === "bare" ? "address" : link.kind}-${payload.strength > 0 ? "with-data" : "to-unlisted-host"}`,
    confidence,
    severity: confidence >= 0.8 ? "high" : confidence >= 0.5 ? "medium" : "low",
    ...form.origin(link.start, link.end),
    reason:
      payload.strength > 0
        ? `The ${link.kind === "image" ? "image" : "link"} to ${host} carries ${payload.what} in its ${payload.where}`
        : `The ${link.kind === "image" ? "image" : "link"} points to ${host}, which is not on the list of hosts`,
    view: form.view,
  };
};
