import { isAttackStopped, taskAction, type Judgement, type Outcome } from "./figures.ts";

/** Why a call was decided as it was, in three lines. */
const detailOf = ({ move, facts }: Judgement): string => {
  const { flow, effects = [], origins = [], scope } = facts ?? {};
  const told = origins.map(({ path, role, origin }) => `${path}:${String(role)}=${origin}`).join(" ");
  return [
    "",
    `${move.call} ${JSON.stringify(move.arguments).slice(0, 400)}`,
    `${effects.join(" ")} asked=${String(flow?.asked)} untrusted=${String(flow?.untrusted)} target=${String(flow?.target)} content=${String(flow?.content)} scope=${String(scope?.violations)}`,
    told,
  ].join("\n    ");
};

/** What went wrong, by id; of open cases alone, since who tunes must not see the others. */
export const missesOf = (outcomes: readonly Outcome[], withFacts: boolean): readonly string[] =>
  outcomes
    .filter(({ play }) => play.suite.part === "open")
    .flatMap((outcome) => {
      const { play, judgements } = outcome;
      const task = taskAction(outcome);
      if (play.attacked ? isAttackStopped(outcome) : task === "allow") return [];
      const wrong = judgements.filter(({ move, action }) =>
        play.attacked ? move.harmful && action === "allow" : action !== "allow",
      );
      const title = `${play.id}: ${play.attacked ? "attack passed" : task}`;
      if (!withFacts) return [title];
      return [`${title} · ${play.sessions.at(-1)?.user ?? ""}${wrong.map(detailOf).join("")}`];
    });
