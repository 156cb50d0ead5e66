import type { SpoolRecord } from "@parapet/model";

/** One record as its sender writes it: an object for sources of JSON, a line for sources of lines. */
export interface Signal {
  /** Id of the source; `gateway`: a record of Parapet's own spool. */
  readonly source: string;
  readonly atMs: number;
  readonly record: unknown;
}

export interface GatewaySignal extends Signal {
  readonly source: "gateway";
  readonly record: SpoolRecord;
}

export const isGateway = (signal: Signal | GatewaySignal): signal is GatewaySignal => signal.source === "gateway";

export const iso = (atMs: number): string => new Date(atMs).toISOString();
export const seconds = (atMs: number): string => `${iso(atMs).slice(0, 19)}Z`;
