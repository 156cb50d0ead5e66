import { ToolPin } from "@parapet/model";
import { ToolApproval, ToolPinsAnswer } from "@parapet/model/api";
import { endpoint } from "./endpoint.ts";

export const toolPinEndpoints = [
  endpoint({
    method: "get",
    path: "/tools",
    summary:
      "Definitions of tools and cards of agents: what is in force, and what waits for approval with its difference",
    role: "viewer",
    answer: ToolPinsAnswer,
    handle: async ({ tools }) => {
      const items = [...tools.pins.list()];
      return { items, held: items.filter(({ pending }) => pending !== undefined).length };
    },
  }),
  endpoint({
    method: "post",
    path: "/tools/approve",
    summary: "Put the definition with this hash in force; it is listed and can be called from now on",
    role: "approver",
    body: ToolApproval,
    answer: ToolPin,
    audit: "tool.approve",
    handle: ({ tools, user, body: { server, tool, hash }, note }) => {
      note(`${server}/${tool}`, { hash });
      return tools.pins.approve(server, tool, hash, `user:${user.name}`);
    },
  }),
];
