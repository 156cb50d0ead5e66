import {
  DeadLetterChoice,
  DeadLetterDiscard,
  DeadLetterReplay,
  DeadLettersPage,
  DeadLettersQuery,
  Sources,
} from "@parapet/model/api";
import { Fault } from "#platform";
import { endpoint } from "./endpoint.ts";

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Fault("not_found");
  return value;
};

export const sourceEndpoints = [
  endpoint({
    method: "get",
    path: "/sources",
    summary: "Sources of telemetry: health, lag, dead letters; and the catalogue of what could be connected",
    role: "viewer",
    answer: Sources,
    handle: ({ tools }) => tools.sources.list(),
  }),
  endpoint({
    method: "get",
    path: "/sources/{id}/dead-letters",
    summary: "Records of a source that could not be read, newest first, with the reason",
    role: "analyst",
    query: DeadLettersQuery,
    answer: DeadLettersPage,
    handle: async ({ tools, params, query }) => found(await tools.sources.deadLetters(params["id"] ?? "", query)),
  }),
  endpoint({
    method: "post",
    path: "/sources/{id}/dead-letters/replay",
    summary: "Read dead letters again, after what kept them from being read was mended",
    role: "analyst",
    body: DeadLetterChoice,
    answer: DeadLetterReplay,
    audit: "source.replayed",
    handle: async ({ tools, params, body, note }) => {
      const id = params["id"] ?? "";
      const result = found(await tools.sources.replay(id, body.ids));
      note(id, { replayed: result.replayed, failed: result.failed });
      return result;
    },
  }),
  endpoint({
    method: "post",
    path: "/sources/{id}/dead-letters/discard",
    summary: "Delete dead letters",
    role: "analyst",
    body: DeadLetterChoice,
    answer: DeadLetterDiscard,
    audit: "source.discarded",
    handle: async ({ tools, params, body, note }) => {
      const id = params["id"] ?? "";
      const result = found(await tools.sources.discard(id, body.ids));
      note(id, result);
      return result;
    },
  }),
];
