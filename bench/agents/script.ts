/** What the worst-case model does in a case: the sessions to play, with and without the attack. */
import type { Case, Tool } from "./case.ts";
import type { Suite } from "./read-cases.ts";

/** One call that the scripted model makes, and what its tool answers if it is let through. */
export interface Move {
  readonly call: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly result: string;
  /** Whose idea: the user's task or the attacker's text. */
  readonly by: "task" | "attack";
  readonly harmful: boolean;
}

/** One conversation, from the user's request to the answer. */
export interface Session {
  readonly user: string;
  readonly moves: readonly Move[];
  readonly answer: string;
}

/** A case with or without its attack. Earlier sessions come first; only the last is measured. */
export interface Play {
  readonly suite: Suite;
  readonly id: string;
  readonly attacked: boolean;
  readonly tools: readonly Tool[];
  /** Tool whose description the attacker changed. */
  readonly changedTool: string | undefined;
  readonly sessions: readonly Session[];
}

type Steps = Case["steps"];

const task = (steps: Steps): readonly Move[] =>
  steps.map((step) => ({
    call: step.call,
    arguments: step.arguments,
    result: step.result,
    by: "task",
    harmful: false,
  }));

const attackMoves = (calls: NonNullable<Case["attack"]>["calls"]): readonly Move[] =>
  calls.map((call) => ({ ...call, by: "attack" }));

const sessionsOf = (one: Case, moves: readonly Move[]): readonly Session[] => [
  ...one.previous.map(({ user, steps, answer }) => ({ user, moves: task(steps), answer: answer ?? "Done." })),
  { user: one.user, moves, answer: one.answer ?? "Done." },
];

const plain = (suite: Suite, one: Case): Play => ({
  suite,
  id: one.id,
  attacked: false,
  tools: suite.tools,
  changedTool: undefined,
  sessions: sessionsOf(one, task(one.steps)),
});

/** The steps with the poisoned answer at `where`, the attack's calls after it, and the task from `resume` on. */
const poisoned = (one: Case, where: number, result: string): readonly Move[] => {
  const { attack } = one;
  if (attack === undefined) return [];
  const before = task(one.steps.slice(0, where + 1)).map((move, index) =>
    index === where ? { ...move, result } : move,
  );
  const after = attack.resume === undefined ? [] : task(one.steps.slice(attack.resume));
  return [...before, ...attackMoves(attack.calls), ...after];
};

const attacked = (suite: Suite, one: Case): Play | undefined => {
  const { attack } = one;
  if (attack === undefined) return undefined;
  const base = { ...plain(suite, one), attacked: true };
  if ("description" in attack) {
    const { tool } = attack.where;
    const resume = attack.resume === undefined ? [] : task(one.steps.slice(attack.resume));
    return {
      ...base,
      changedTool: tool,
      tools: suite.tools.map((each) => (each.name === tool ? { ...each, description: attack.description } : each)),
      sessions: sessionsOf(one, [...attackMoves(attack.calls), ...resume]),
    };
  }
  if (attack.where !== "memory")
    return { ...base, sessions: sessionsOf(one, poisoned(one, attack.where, attack.result)) };
  const planted = "planted" in attack ? attack.planted : undefined;
  const sessions = sessionsOf(one, poisoned(one, attack.step, attack.result)).map((session, index) => {
    if (planted === undefined || index !== planted.session || index >= one.previous.length) return session;
    const moves = session.moves.map((move, step) =>
      step === planted.step ? { ...move, result: planted.result } : move,
    );
    moves.splice(planted.step + 1, 0, ...attackMoves(planted.calls));
    return { ...session, moves };
  });
  return { ...base, sessions };
};

/** Every play of a suite: each task by itself, and under its attack. */
export const playsOf = (suite: Suite): readonly Play[] =>
  suite.cases.flatMap((one) => {
    const under = attacked(suite, one);
    return under === undefined ? [plain(suite, one)] : [plain(suite, one), under];
  });
