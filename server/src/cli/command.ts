import type { Command as Commander } from "commander";

/** Exit codes of every command (interfaces.md). */
export const EXIT = { done: 0, found: 1, usage: 2, unable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command may touch of the world outside, passed in so that tests can hold it. */
export interface Terminal {
  /** Data, for programs. */
  readonly out: (text: string) => void;
  /** Words, for people. */
  readonly say: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Whether a person watches the words: progress is shown, hints may be given. */
  readonly isInteractive: boolean;
  /** Whether data may carry colours: stdout is a terminal and NO_COLOR is not set. */
  readonly hasColours: boolean;
  /** Shows a line that the next one replaces; an empty one clears it. Called only when interactive. */
  readonly showStatus: (text: string) => void;
  /** All of standard input, as text. */
  readonly stdin: () => Promise<string>;
}

/** One command: description, arguments and handler in one object. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** Adds arguments, options and the action to its commander command. */
  readonly configure: (command: Commander, context: CommandContext) => void;
}

export interface CommandContext {
  readonly terminal: Terminal;
  /** Root folder of the product: where policies, rules and the console's build are. */
  readonly root: string;
  readonly version: string;
  /** Wraps a handler: its answer becomes the exit code, its failure a sentence on stderr. */
  readonly action: <Args extends unknown[]>(
    run: (...args: Args) => Promise<ExitCode> | ExitCode,
  ) => (...args: Args) => Promise<void>;
}

/** A failure whose sentence is for the operator; nothing is wrong with the program. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code: ExitCode;
  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
