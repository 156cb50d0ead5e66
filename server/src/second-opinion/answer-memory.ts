export interface AnswerMemory {
  readonly recall: (key: string) => number | undefined;
  readonly remember: (key: string, confidence: number) => void;
}

/** The answers used last, at most `entriesMax`. */
export const createAnswerMemory = (entriesMax: number): AnswerMemory => {
  const answers = new Map<string, number>();
  const put = (key: string, confidence: number): void => {
    answers.delete(key);
    answers.set(key, confidence);
  };
  return {
    recall: (key) => {
      const known = answers.get(key);
      if (known !== undefined) put(key, known);
      return known;
    },
    remember: (key, confidence) => {
      if (entriesMax === 0) return;
      put(key, confidence);
      const [oldest] = answers.keys();
      if (answers.size > entriesMax && oldest !== undefined) answers.delete(oldest);
    },
  };
};
