import { playInProcess, shippedPolicies } from "../../bench/agents/in-process.ts";
import type { Judgement } from "../../bench/agents/figures.ts";
import type { Suite } from "../../bench/agents/read-cases.ts";
import { playsOf, type Play } from "../../bench/agents/script.ts";
import { gatherMarks, pairFeatures, toolKeys } from "../../server/src/agents/doubt/index.ts";

/** What the engine knew of a call that it doubts: all but plain reading. */
export interface Known {
  readonly marks: ReadonlyMap<string, number>;
  readonly pairs: readonly ReturnType<typeof pairFeatures>[];
}

/** One play with its calls; `known` is there for those that are doubted. */
export interface Played {
  readonly play: Play;
  readonly calls: readonly { readonly judgement: Judgement; readonly known: Known | undefined }[];
}

/** Plays the cases, and notes of each call of their last sessions what there is to be learnt from. */
export const playAll = (suites: readonly Suite[], declared: boolean): readonly Played[] => {
  const policies = shippedPolicies();
  return suites.flatMap(playsOf).map((play) => {
    const noted: Known[] = [];
    const judgements = playInProcess(policies, play, declared, (evidence) => {
      const tool = toolKeys(evidence.view.effects, evidence.view.words);
      noted.push({
        marks: gatherMarks(evidence),
        pairs: evidence.requests.map((request) => pairFeatures(request, tool)),
      });
      return { percent: 50, because: [] };
    });
    // Earlier sessions of the play were noted as well, before these.
    const acts = judgements.map(({ facts }) => facts?.flow.doubt !== undefined);
    let next = noted.length - acts.filter((does) => does).length;
    return {
      play,
      calls: judgements.map((judgement, at) => ({ judgement, known: acts[at] === true ? noted[next++] : undefined })),
    };
  });
};
