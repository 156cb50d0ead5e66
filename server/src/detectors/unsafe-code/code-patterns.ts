/** One way in which code or a command does damage or opens a door. */
export interface CodePattern {
  readonly type: CodeType;
  /** Lower case; the pattern is tried only where one of these stands. */
  readonly literals: readonly string[];
  /** Sticky, tried where the literal begins. Gaps are bounded. */
  readonly pattern: RegExp;
  /** Log-odds by itself. */
  readonly weight: number;
  readonly what: string;
  /** The matched words hold a secret and are never quoted. */
  readonly isSecret?: boolean;
}

export const CODE_TYPES = [
  "download-run",
  "destructive-command",
  "tls-off",
  "runs-fetched-text",
  "unsafe-deserialisation",
  "sql-destruction",
  "logs-removed",
  "credential-in-code",
  "reverse-shell",
  "defence-off",
  "command-from-text",
  "spying",
] as const;
export type CodeType = (typeof CODE_TYPES)[number];
