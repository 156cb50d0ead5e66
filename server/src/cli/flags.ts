import { Since } from "@parapet/model/api";
import type { Command } from "commander";
import type { z } from "zod";
import { nearest } from "#platform";
import { CommandFailed, EXIT } from "./command.ts";
import { printable } from "./printable.ts";

/** Where everything is; the same words on every command. */
export const withPlaces = (command: Command): Command =>
  command
    .option("--config <file>", "configuration file (default: parapet.yaml here or beside the product)")
    .option("--data <dir>", "data directory, over the configuration's");

export const withJson = (command: Command): Command => command.option("--json", "the answer as JSON on stdout");

export interface PlaceFlags {
  readonly config?: string;
  readonly data?: string;
}

export interface JsonFlag {
  readonly json?: boolean;
}

/** Parses a flag's value with a schema of the model; a value that does not fit is bad usage. */
export const parseFlag = <T>(schema: z.ZodType<T>, value: unknown, flag: string): T => {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => [...issue.path.map(String), wordsOf(issue)].join(": ")).join("; ");
  throw new CommandFailed(EXIT.usage, `${flag} ${printable(String(value))}: ${printable(why)}`);
};

const wordsOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code !== "invalid_value") return issue.message;
  const values = issue.values.map((one) => String(one));
  const meant = nearest(typeof issue.input === "string" ? issue.input : "", values);
  return `${meant === undefined ? "" : `did you mean "${meant}"? `}it must be one of ${values.join(", ")}`;
};

export const parseSince = (value: string): string => parseFlag(Since, value, "--since");

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90s`, `15m`, `24h`, `30d` in seconds. */
export const parseDuration = (value: string, flag: string): number => {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  const seconds = UNIT_SECONDS[unit ?? ""];
  if (amount === undefined || seconds === undefined) {
    throw new CommandFailed(EXIT.usage, `${flag} ${printable(value)}: write a duration such as 90s, 15m, 24h or 30d`);
  }
  return Number(amount) * seconds;
};

export const parseCount = (value: string, flag: string): number => {
  if (!/^[1-9]\d{0,11}$/.test(value))
    throw new CommandFailed(EXIT.usage, `${flag} ${printable(value)}: a whole number above 0`);
  return Number(value);
};

/** For options that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const printJson = (value: unknown): string => JSON.stringify(value, undefined, 2);
