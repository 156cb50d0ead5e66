import type { ReactNode } from "react";

const paths = {
  overview: "M2 13V8m4 5V3m4 10V6m4 7V9",
  findings: "M8 2 14.5 13.5h-13zM8 6.5v3.5m0 1.6v.4",
  exchanges: "M2 5h10L9.5 2.5M14 11H4l2.5 2.5",
  detect: "M8 2v2.5m0 7V14M2 8h2.5m7 0H14M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  policies: "M8 1.5 13.5 4v4c0 3.3-2.2 5.5-5.5 6.5C4.7 13.5 2.5 11.3 2.5 8V4z",
  approvals: "M13.5 8A5.5 5.5 0 1 1 10 2.9M5.5 7.5 8 10l5.5-6",
  agents: "M5 6.5V5a3 3 0 0 1 6 0v1.5M3.5 6.5h9v7h-9zM6.2 9.5v1m3.6-1v1",
  evidence: "M8 2v4m0 0L4 10m4-4 4 4M4 10v4m8-4v4M2.5 14h3m5 0h3",
  settings: "M2 4h7m3 0h2M2 8h2m3 0h7M2 12h8m3 0h1M10.5 2.5v3m-5 1v3m6 1v3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "m3 8.5 3.5 3.5L13 4.5",
  cross: "m4 4 8 8m0-8-8 8",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.6-1.4L14 14",
  pause: "M5.5 3v10m5-10v10",
  play: "M4.5 3v10l8-5z",
  columns: "M2.5 3h11v10h-11zM6.2 3v10m3.6-10v10",
  download: "M8 2v8m0 0L5 7m3 3 3-3M2.5 13.5h11",
  open: "M6 3h7v7m0-7L4 12",
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: the word always stands beside it or in the button's label. */
export const Icon = ({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.4"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);
