import type { AgentContent } from "#agents";
import { createSessionFlow } from "#agents";
import type { Effect, RecordedMatch, ToolAddition } from "@parapet/model";
import { freeTexts, stringsOf } from "./compare.ts";
import type { Definition } from "./definition-hash.ts";
import { cardAdditions } from "./judge-card.ts";

/** Says what a definition adds to the one before it; to nothing, where there is none. */
export type ChangeJudge = (
  server: string,
  before: Definition | undefined,
  after: Definition,
) => readonly ToolAddition[];

export interface ChangeJudgeOptions {
  readonly content: AgentContent;
  readonly trusts: (server: string) => boolean;
  /** What detectors find in a text of a tool's definition. */
  readonly inspect: (text: string) => readonly RecordedMatch[];
}

const CONFIDENCE_MIN = 0.5;
const ADDITIONS_MAX = 20;
/** Of what detectors find, what speaks to a model or hides from people. */
const TELLING: ReadonlySet<string> = new Set([
  "prompt_injection",
  "jailbreak",
  "hidden_text",
  "encoded_payload",
  "requested_action",
  "goal_change",
  "exfiltration",
]);
const DOES: Readonly<Record<Effect, string>> = {
  read: "reads",
  write: "writes",
  communicate: "sends something outside",
  spend: "spends money",
  destroy: "destroys something",
  rights: "changes rights",
};
const HINTS: readonly (readonly [name: string, reassuring: boolean, sentence: string])[] = [
  ["readOnlyHint", true, "no longer says that it only reads"],
  ["destructiveHint", false, "no longer says that it destroys nothing"],
  ["openWorldHint", false, "no longer says that it stays in a closed world"],
];

const isRecord = (value: unknown): value is Definition => typeof value === "object" && value !== null;

/** Says what a changed definition adds: an effect, a parameter that takes any text, instructions in its texts. */
export const changeJudge = ({ content, trusts, inspect }: ChangeJudgeOptions): ChangeJudge => {
  const effectsOf = (server: string, definition: Definition): readonly Effect[] =>
    createSessionFlow(content).judge({
      id: "",
      name: String(definition["name"]),
      server,
      agent: "",
      arguments: "{}",
      definition,
      trustsAnnotations: trusts(server),
    }).effects;

  return (server, before, after) => {
    const had = before === undefined ? ["read"] : effectsOf(server, before);
    const effects = effectsOf(server, after)
      .filter((effect) => !had.includes(effect))
      .map((effect): ToolAddition => ({ kind: "effect", sentence: `It now ${DOES[effect]}.` }));
    const texts = new Set(freeTexts(before?.["inputSchema"]));
    const parameters = freeTexts(after["inputSchema"])
      .filter((path) => !texts.has(path))
      .map((path): ToolAddition => ({ kind: "free-text", sentence: `The parameter ${path} takes any text.` }));
    const known = new Set(stringsOf(before));
    const instructions = stringsOf(after)
      .filter((text) => !known.has(text))
      .flatMap((text) => inspect(text))
      .filter(({ category, confidence }) => TELLING.has(category) && confidence >= CONFIDENCE_MIN)
      .map(({ reason }): ToolAddition => ({
        kind: "instructions",
        sentence: `Its words speak to the model: ${reason}`,
      }));
    const said = before?.["annotations"];
    const says = after["annotations"];
    const annotations = HINTS.filter(
      ([name, reassuring]) =>
        isRecord(said) && said[name] === reassuring && !(isRecord(says) && says[name] === reassuring),
    ).map(([, , sentence]): ToolAddition => ({ kind: "annotation", sentence: `It ${sentence}.` }));
    const card = cardAdditions(before?.["card"], after["card"]);
    return [...instructions, ...card, ...effects, ...annotations, ...parameters].slice(0, ADDITIONS_MAX);
  };
};
