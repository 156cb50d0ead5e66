/** Plays cases against the engine and the policies in this process: no gateway, no detectors, and quick. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSessionFlow, type AgentContent, type DoubtReader, type SessionFlow } from "@parapet/server/agents";
import { loadPolicies, type PolicySet } from "@parapet/server/policy";
import type { CallFacts } from "@parapet/model";
import type { Judgement } from "./figures.ts";
import type { Move, Play, Session } from "./script.ts";

const POLICIES = join(import.meta.dirname, "../../policies");

/** The shipped policies. */
export const shippedPolicies = (): PolicySet => {
  const loaded = loadPolicies(
    readdirSync(POLICIES)
      .filter((name) => name.endsWith(".cedar"))
      .map((name) => ({ path: name, text: readFileSync(join(POLICIES, name), "utf8") })),
  );
  if (!loaded.ok) throw new Error(loaded.diagnostics.map(({ message }) => message).join("\n"));
  return loaded.set;
};

/** What a careful operator would declare of a suite; nothing where `declared` is false. */
export const contentOf = ({ suite }: Play, declared: boolean): AgentContent =>
  declared
    ? {
        tools: suite.tools.map(({ name, declared: { effects, arguments: roles, result } }) => ({
          name,
          effects,
          arguments: roles,
          result,
        })),
        agents: [{ id: suite.agent.id, tools: suite.agent.tools, data: suite.agent.data, hosts: suite.agent.hosts }],
      }
    : { tools: [], agents: [] };

const definitionOf = (play: Play, name: string): unknown => play.tools.find((each) => each.name === name);

const decide = (policies: PolicySet, play: Play, name: string, facts: CallFacts): Judgement["action"] => {
  const { verdict } = policies.decide({
    tenant: "default",
    principal: { kind: "User", id: "user" },
    agent: play.suite.agent.id,
    key: "",
    action: "tool_call",
    route: "agents",
    protocol: "openai",
    model: "scripted",
    mode: "enforce",
    matches: [],
    unscannable: 0,
    toolCall: { name, facts },
    session: { id: "session", risk: 0, known: true },
    streamed: false,
  });
  return verdict.action === "block" || verdict.action === "hold" ? verdict.action : "allow";
};

const open = (play: Play, declared: boolean, session: Session, readDoubt?: DoubtReader): SessionFlow => {
  const flow = createSessionFlow(contentOf(play, declared), undefined, readDoubt);
  flow.add({ kind: "said", provenance: "system", role: "system", text: play.suite.agent.system, segment: 0 });
  for (const { description } of play.tools) {
    flow.add({ kind: "said", provenance: "tool-description", role: "tool", text: description, segment: 0 });
  }
  flow.add({ kind: "said", provenance: "user", role: "user", text: session.user, segment: 0 });
  return flow;
};

/**
 * Plays one case, and tells of each call of its last session what was decided.
 * @param readDoubt another model than the shipped one
 */
export const playInProcess = (
  policies: PolicySet,
  play: Play,
  declared: boolean,
  readDoubt?: DoubtReader,
): readonly Judgement[] => {
  const judged: Judgement[] = [];
  for (const session of play.sessions) {
    const flow = open(play, declared, session, readDoubt);
    const own: Judgement[] = [];
    for (const [index, move] of session.moves.entries())
      own.push(playMove(policies, play, declared, flow, move, String(index)));
    if (session === play.sessions.at(-1)) judged.push(...own);
  }
  return judged;
};

const playMove = (
  policies: PolicySet,
  play: Play,
  declared: boolean,
  flow: SessionFlow,
  move: Move,
  id: string,
): Judgement => {
  const text = JSON.stringify(move.arguments);
  const gathered = flow.judge({
    id,
    name: move.call,
    server: "",
    agent: declared ? play.suite.agent.id : "",
    arguments: text,
    definition: definitionOf(play, move.call),
  });
  const facts: CallFacts = {
    ...gathered,
    pin: play.changedTool === move.call ? "changed" : "pinned",
    limits: { exceeded: [] },
    steps: { count: 0, repeats: 0, unexpected: false, forbidden: false, paused: false },
  };
  const action = decide(policies, play, move.call, facts);
  const passes = action === "allow" || move.by === "task";
  flow.add({ kind: "called", id, name: move.call, server: "", arguments: text });
  flow.add({
    kind: "returned",
    call: id,
    name: move.call,
    server: "",
    texts: [{ text: passes ? move.result : "The call was withheld.", segment: 0 }],
    matches: [],
  });
  return { move, action, facts };
};
