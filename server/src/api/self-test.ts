import { SelfTestQuery, SelfTestRunDetail, SelfTestRuns, SelfTestStarted } from "@parapet/model/api";
import { Fault } from "#platform";
import { endpoint } from "./endpoint.ts";

export const selfTestEndpoints = [
  endpoint({
    method: "get",
    path: "/self-test/runs",
    summary: "Runs of the self-test, newest first, and the one that goes on",
    role: "viewer",
    query: SelfTestQuery,
    answer: SelfTestRuns,
    handle: ({ tools, query }) => tools.selfTest.list(query.limit),
  }),
  endpoint({
    method: "get",
    path: "/self-test/runs/{id}",
    summary: "One run with the rows that did not come out right",
    role: "viewer",
    answer: SelfTestRunDetail,
    handle: async ({ tools, params }) => {
      const run = await tools.selfTest.read(params["id"] ?? "");
      if (run === undefined) throw new Fault("not_found");
      return run;
    },
  }),
  endpoint({
    method: "post",
    path: "/self-test/runs",
    summary: "Start a run of the self-test",
    role: "analyst",
    answer: SelfTestStarted,
    status: 201,
    audit: "selftest.started",
    handle: ({ tools, user, note }) => {
      const started = tools.selfTest.start(user.name === "cli" ? "cli" : `user:${user.name}`);
      if (!started.ok) throw new Fault("conflict", { message: started.reason });
      note(started.id, { rows: started.rows });
      return { id: started.id, rows: started.rows };
    },
  }),
];
