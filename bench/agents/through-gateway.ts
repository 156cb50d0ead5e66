/**
 * Plays cases through a gateway of its own process, with a model at the other end that says exactly what the script
 * has for it: an application's whole way over Chat Completions, with detectors, policies and records as they are shipped.
 */
import { stringify } from "yaml";
import { configurationOf, removeFolder, startParapet, temporaryFolder } from "../../e2e/parapet-process.ts";
import { completion, sendJson, startReplayUpstream } from "../../e2e/replay-upstream.ts";
import type { Judgement } from "./figures.ts";
import { contentOf } from "./in-process.ts";
import type { Move, Play, Session } from "./script.ts";

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly unknown[];
  readonly tool_call_id?: string;
}

/** Plays against one running gateway. */
export interface Stage {
  readonly play: (play: Play) => Promise<readonly Judgement[]>;
  readonly close: () => Promise<void>;
}

/** Nobody decides here, and only so many calls may wait at a time. */
const WAIT_SECONDS = 10;
const WITHHELD = "The call was withheld.";

const declarationsOf = (agents: ReadonlyMap<Play, string>) => {
  const all = [...agents].map(([play, id]) => ({ id, content: contentOf(play, true) }));
  return {
    tools: all[0]?.content.tools ?? [],
    agents: all.flatMap(({ id, content }) => content.agents.map((agent) => ({ ...agent, id }))),
  };
};

const callOf = ({ call, arguments: values }: Move, at: number) => ({
  id: `call_${String(at)}`,
  type: "function",
  function: { name: call, arguments: JSON.stringify(values) },
});

/**
 * Starts a gateway for these plays, with what a careful operator would declare of their domain, which is then one, or
 * with nothing declared. Each play has an agent of its own that is declared like the domain's: what one agent did stays
 * with it (its memory's labels, the breaker that pauses who is stopped often), and no play is judged by another.
 */
export const openStage = async (plays: readonly Play[], declared: boolean): Promise<Stage> => {
  const data = temporaryFolder();
  const upstream = await startReplayUpstream();
  /** By the name of the model that is asked, which is the play's. */
  const scripts = new Map<string, readonly Move[]>();
  upstream.answer(({ body }, response) => {
    const { messages, model } = JSON.parse(body) as { messages: readonly Message[]; model: string };
    const at = messages.filter(({ role }) => role === "tool").length;
    const move = scripts.get(model)?.[at];
    if (move === undefined) sendJson(response, 200, completion("Done."));
    else sendJson(response, 200, completion(null, { tool_calls: [callOf(move, at)] }, "tool_calls"));
  });
  const agents = new Map(plays.map((play, at): [Play, string] => [play, `${play.suite.agent.id}-${at}`]));
  const more = stringify({ ...(declared && declarationsOf(agents)), approvals: { waitSeconds: WAIT_SECONDS } });
  const route = { upstream: upstream.url, trust_identity_headers: "true" };
  // Pins are as many as a gateway's applications may have, and each play is one: only those that change a tool need them.
  const routes = [
    { ...route, tool_definitions: "off" },
    { ...route, id: "pinned", path: "/pinned", tool_definitions: "pin" },
  ];
  const parapet = await startParapet({ configuration: configurationOf(routes, more), data });
  let serial = 0;

  const ask = async (
    play: Play,
    name: string,
    messages: readonly Message[],
    tools: Play["tools"] = play.tools,
  ): Promise<Response> =>
    fetch(`${parapet.url}${play.changedTool === undefined ? "/v1" : "/pinned"}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer sk-callers-own",
        "x-parapet-session": name,
        "x-parapet-agent": agents.get(play) ?? "",
      },
      body: JSON.stringify({
        model: name,
        messages,
        tools: tools.map(({ name: tool, description, parameters }) => ({
          type: "function",
          function: { name: tool, description, parameters },
        })),
      }),
    });

  const playSession = async (play: Play, session: Session): Promise<readonly Judgement[]> => {
    serial += 1;
    const name = `play-${String(serial)}`;
    scripts.set(name, session.moves);
    const messages: Message[] = [
      { role: "system", content: play.suite.agent.system },
      { role: "user", content: session.user },
    ];
    const judged: Judgement[] = [];
    for (const [at, move] of session.moves.entries()) {
      const response = await ask(play, name, messages);
      const verdict = response.headers.get("x-parapet-verdict");
      const text = await response.text();
      const called = response.ok && text.includes('"tool_calls"') && text.includes(`"call_${String(at)}"`);
      const action = called ? "allow" : verdict === "hold" ? "hold" : "block";
      judged.push({ move, action });
      // A request that is refused as a whole: the model sees nothing more of this conversation.
      if (!response.ok)
        return [...judged, ...session.moves.slice(at + 1).map((rest): Judgement => ({ move: rest, action }))];
      const passes = called || move.by === "task";
      messages.push(
        { role: "assistant", content: null, tool_calls: [callOf(move, at)] },
        { role: "tool", tool_call_id: `call_${String(at)}`, content: passes ? move.result : WITHHELD },
      );
    }
    return judged;
  };

  /** A definition has changed for who saw it before: the agent's tools as they were, in a session of their own. */
  const introduce = async (play: Play): Promise<void> => {
    serial += 1;
    const greeting = [{ role: "user", content: "Good morning." }];
    await (await ask(play, `before-${String(serial)}`, greeting, play.suite.tools)).text();
  };

  return {
    play: async (play) => {
      if (play.changedTool !== undefined) await introduce(play);
      let last: readonly Judgement[] = [];
      for (const session of play.sessions) last = await playSession(play, session);
      return last;
    },
    close: async () => {
      await parapet.stop();
      await upstream.close();
      removeFolder(data);
    },
  };
};
