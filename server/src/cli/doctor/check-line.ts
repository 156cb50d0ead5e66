/** One line of the doctor's answer. `broken` needs somebody now, `attention` soon. */
export type Word = "ok" | "attention" | "broken";

export interface CheckLine {
  /** What kind of question: running, reachable, card, arriving, signed, lagging, lost, room, private, covered. */
  readonly about: string;
  readonly subject: string;
  readonly word: Word;
  readonly what: string;
  /** What to do, when something is to be done. */
  readonly fix?: string;
}

const line =
  (word: Word) =>
  (about: string, subject: string, what: string, fix?: string): CheckLine => ({
    about,
    subject,
    word,
    what,
    ...(fix !== undefined && { fix }),
  });

export const ok = line("ok");
export const attention = line("attention");
export const broken = line("broken");

/** `3 s`, `5 min`, `2 h`, `4 d`. */
export const ageOf = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
};

/** `512 MiB`, `3.2 GiB`. */
export const sizeOf = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.round(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
