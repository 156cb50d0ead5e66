import type { ArgumentOrigin, CallFacts, DataClass, Match, Provenance } from "@parapet/model";
import { areAllRead, readArguments, roleOfValue, type ArgumentValue, type ReadArguments } from "./arguments.ts";
import { fetches, isAsked } from "./asked.ts";
import { asksOf, type Asks } from "./asks.ts";
import { EVEN, hashRequest, shippedDoubt, type DoubtReader, type RequestWords } from "./doubt/index.ts";
import type { AgentContent, CallReading, FlowEntry, ProposedCall, SessionFlow, SessionLabels } from "./flow.ts";
import {
  isForeign,
  isLedByProse,
  isNamedByUser,
  isOwn,
  isTarget,
  NOTHING,
  reachesOut,
  reachOf,
  type JudgedValue,
} from "./judged-value.ts";
import { judgeValue, worse } from "./origins.ts";
import { reasonsOf, UNREAD } from "./reasons.ts";
import { scopeOf } from "./scope.ts";
import { SessionIndex, type Source, type Trust } from "./session-index.ts";
import { viewTool, type ToolView } from "./tool-effects.ts";
import { hostOf, wholeValues } from "./values.ts";
import { fold, wordsOf } from "./words.ts";

const TRUST: Readonly<Record<Provenance, Trust>> = {
  system: "trusted",
  developer: "trusted",
  user: "user",
  document: "untrusted",
  "tool-description": "offered",
  "tool-arguments": "model",
  "tool-result": "untrusted",
  model: "model",
};

const ORIGINS_MAX = 64;
const FINANCIAL = new Set(["CREDIT_CARD", "IBAN_CODE"]);
const LIKELY = 0.5;

/** The classes of data that detectors saw in a text. */
const classesOf = (matches: readonly Match[]): readonly DataClass[] => [
  ...new Set(
    matches.flatMap(({ category, type, confidence }): readonly DataClass[] => {
      if (confidence < LIKELY) return [];
      if (category === "secret") return ["secret"];
      if (category === "internal_name") return ["internal"];
      if (category === "personal_data") return FINANCIAL.has(type) ? ["personal", "financial"] : ["personal"];
      return [];
    }),
  ),
];

/** Effects by which what a call carries reaches somebody else. */
const LEAVING: ReadonlySet<string> = new Set(["communicate", "spend", "rights"]);

const REQUESTS_MAX = 16;
const effectsKey = ({ effects }: ToolView): string => `effects ${effects.join(" ")}`;

interface JudgedArguments extends Pick<ReadArguments, "json"> {
  readonly values: readonly JudgedValue[];
}

/**
 * Gathers the facts of one session.
 * @param past labels of what was in the session and is not to be had any more; undefined: nothing was
 * @param readDoubt the shipped model, or what training looks on with
 */
export const createSessionFlow = (
  content: AgentContent,
  past?: SessionLabels,
  readDoubt: DoubtReader = shippedDoubt,
): SessionFlow => {
  const index = new SessionIndex();
  const classes = new Set<DataClass>(past?.classes);
  const tools = new Map<string, { readonly definition: unknown; readonly view: ToolView }>();
  /** Arguments of what was judged, so that a decision parses them once. */
  const readings = new WeakMap<ProposedCall, JudgedArguments>();
  /** What was looked at last: most calls are let go as they were judged, and nothing entered in between. */
  let latest:
    | ({ readonly view: ToolView; readonly text: string; readonly sources: number } & JudgedArguments)
    | undefined;
  /** Why the call of this id was made, which says what its result is worth. */
  const reasonsOfCalls = new Map<string, Pick<Source, "pointed" | "named">>();
  let asks: Asks = { acts: new Set(), topics: new Set(), points: new Set(), openings: new Set(), opaque: true };
  let untrusted = past?.untrusted ?? false;
  /** How often each tool was called, and tools of the same effects. */
  const made = new Map<string, number>();
  const requests: RequestWords[] = [];
  let calls = past?.calls ?? 0;
  let user = false;

  const viewOf = (tool: Pick<ProposedCall, "name" | "server" | "definition" | "trustsAnnotations">): ToolView => {
    const key = `${tool.server}/${tool.name}`;
    const known = tools.get(key);
    if (known !== undefined && (tool.definition === undefined || known.definition === tool.definition))
      return known.view;
    const view = viewTool(content.tools, tool);
    tools.set(key, { definition: tool.definition, view });
    return view;
  };

  const judgeArguments = (view: ToolView, text: string): JudgedArguments => {
    const sources = index.sources.length;
    if (latest?.view === view && latest.sources === sources && latest.text === text) return latest;
    const acts = view.effects.some((effect) => effect !== "read");
    const returns = view.words.some((word) => word.startsWith("refund"));
    const leaves = view.effects.some((effect) => LEAVING.has(effect)) && !fetches(view.effects);
    const destroys = view.effects.includes("destroy");
    const context = {
      acts,
      leaves,
      destroys,
      grave: leaves || destroys,
      returns,
      follows: asks.acts.has("follow"),
      points: asks.points,
    };
    const { values, json } = readArguments(text);
    const judgeOne = (value: ArgumentValue): JudgedValue => {
      const kinds = value.isText ? new Set<string>(wholeValues(value.text).map(({ kind }) => kind)) : new Set<string>();
      const role = roleOfValue(view.roleOf(value.path), value.text, kinds);
      return {
        value,
        role,
        judged: judgeValue(index, value, { ...context, role, options: view.optionsOf(value.path) }),
      };
    };
    latest = { view, text, sources, values: values.map(judgeOne), json };
    return latest;
  };

  const add = (entry: FlowEntry): void => {
    switch (entry.kind) {
      case "said": {
        const trust = TRUST[entry.provenance];
        const pointed = entry.provenance !== "tool-description";
        index.add({ trust, tool: "", segment: entry.segment, text: entry.text, pointed, named: false, classes: [] });
        if (trust === "user") {
          user = true;
          requests.push(hashRequest(entry.text));
          if (requests.length > REQUESTS_MAX) requests.shift();
          const heard = asksOf(entry.text);
          asks = {
            acts: asks.acts.union(heard.acts),
            topics: asks.topics.union(heard.topics),
            points: asks.points.union(heard.points),
            opaque: asks.opaque && heard.opaque,
            openings: asks.openings.union(heard.openings),
          };
        }
        if (entry.provenance === "document") untrusted = true;
        for (const each of classesOf(entry.matches ?? [])) classes.add(each);
        return;
      }
      case "called": {
        calls += 1;
        const view = viewOf(entry);
        for (const name of [entry.name, effectsKey(view)]) made.set(name, (made.get(name) ?? 0) + 1);
        const { values } = judgeArguments(view, entry.arguments);
        reasonsOfCalls.set(entry.id, {
          pointed: !values.some((each) => isLedByProse(index, each)),
          named: values.some((each) => isNamedByUser(index, each)),
        });
        return;
      }
      case "returned": {
        const view = viewOf(entry);
        const own = [...new Set([...view.classes, ...classesOf(entry.matches)])];
        for (const each of own) classes.add(each);
        if (view.integrity === "untrusted") untrusted = true;
        const reason = {
          pointed: true,
          named: false,
          ...reasonsOfCalls.get(entry.call),
          ...(view.own && { pointed: true }),
        };
        for (const { text, segment } of entry.texts)
          index.add({ trust: view.integrity, tool: entry.name, segment, text, ...reason, classes: own });
        return;
      }
    }
  };

  const judge = (call: ProposedCall): Omit<CallFacts, "pin" | "limits" | "steps"> => {
    const view = viewOf(call);
    const onlyReads = fetches(view.effects);
    const leaves = view.effects.some((effect) => LEAVING.has(effect) || effect === "destroy");
    const judged = judgeArguments(view, call.arguments);
    readings.set(call, judged);
    const { values } = judged;
    let target = NOTHING;
    let rest = NOTHING;
    for (const { role, judged } of values) {
      if (isTarget(role, judged, onlyReads)) target = worse(target, judged);
      else rest = worse(rest, judged);
    }
    // What was not read may name anybody.
    const allRead = areAllRead(values.map(({ value }) => value));
    if (!allRead) target = worse(target, { origin: "untrusted" });
    const agent = content.agents.find(({ id }) => id === call.agent);
    const hosts = values.flatMap(({ value, role }) => {
      const host = role === "url" || role === "host" ? hostOf(value.text) : undefined;
      return host === undefined ? [] : [host];
    });
    const runs = values.some(({ role }) => role === "command");
    const own = isOwn(values, target, view);
    const asked = isAsked({ effects: view.effects, words: view.words, ...reachOf(values), own, runs }, asks);
    const learnt =
      past === undefined && user && (!onlyReads || values.some(({ role }) => reachesOut(role)))
        ? readDoubt({
            index,
            view,
            values,
            target,
            content: rest,
            asked,
            own,
            asks,
            untrusted,
            isPrivate: classes.size > 0,
            sameTool: made.get(call.name) ?? 0,
            sameEffects: made.get(effectsKey(view)) ?? 0,
            requests,
          })
        : undefined;
    const reachesForeign = values.some((each) => (leaves || reachesOut(each.role)) && isForeign(index, each));
    const least = reachesForeign ? EVEN : 0;
    const doubt = learnt && { ...learnt, percent: Math.max(least, learnt.percent) };
    const scope = scopeOf(agent, { name: call.name, server: call.server, hosts, carries: carriedBy(values) });
    return {
      server: call.server,
      effects: [...view.effects],
      basis: view.basis,
      scope,
      flow: {
        known: past === undefined,
        user,
        untrusted,
        classes: [...classes],
        asked,
        target: target.origin,
        content: rest.origin,
        ...(doubt !== undefined && { doubt: doubt.percent }),
      },
      origins: values.slice(0, ORIGINS_MAX).map((each) => placed(each)),
      reasons: [...(allRead ? [] : [UNREAD]), ...reasonsOf(values, view, { asked, untrusted, onlyReads, doubt })],
    };
  };

  /** Classes of what the arguments have long passages of. */
  const carriedBy = (values: readonly JudgedValue[]): readonly DataClass[] => {
    const carried = new Set<DataClass>();
    for (const { value } of values) {
      const words = value.isText && value.text.length > 30 ? wordsOf(fold(value.text)) : [];
      for (const source of index.sourcesOfPassages(words))
        for (const each of index.sources[source]?.classes ?? []) carried.add(each);
    }
    return [...carried];
  };

  const placed = ({ value, role, judged }: JudgedValue): ArgumentOrigin => {
    const source = judged.source === undefined ? undefined : index.sources[judged.source];
    const start = source?.text.indexOf(value.text) ?? -1;
    return {
      path: value.pointer,
      ...(role !== undefined && { role }),
      origin: judged.origin,
      ...(source !== undefined && { segment: source.segment }),
      ...(source !== undefined && source.tool !== "" && { tool: source.tool }),
      ...(start >= 0 && { start, end: start + value.text.length }),
    };
  };

  const readingOf = (call: ProposedCall): CallReading => {
    const { values, json } = readings.get(call) ?? judgeArguments(viewOf(call), call.arguments);
    if (!areAllRead(values.map(({ value }) => value))) return { values: undefined, json };
    return {
      values: values.map(({ role, value: { text, isText } }) => ({ role, value: isText ? text : Number(text) })),
      json,
    };
  };

  return { add, judge, readingOf, labels: () => ({ untrusted, classes: [...classes], calls }) };
};
