import type { Role, TenantId } from "@parapet/model";
import type { z } from "zod";
import type { Authenticated } from "#access";
import { parseOptional } from "#platform";
import type { ApiTools } from "./tools.ts";

/** What a handler gets: who asks, parsed input, and the tools. Everything is of the caller's tenant. */
export interface Call<Query, Body> {
  readonly user: Authenticated;
  readonly tenant: TenantId;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly tools: ApiTools;
  /** Adds to the audit entry of a change; never secrets or captured text. */
  readonly note: (target: string, detail?: Readonly<Record<string, unknown>>) => void;
}

/** One operation of the management API. Routing, roles, parsing, audit and OpenAPI are all made from it. */
export interface ApiEndpoint<Query = unknown, Body = unknown, Answer = unknown> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** `/keys/{id}` below /api/v1. */
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
  readonly status?: 200 | 201;
  /** Type of the audit entry; every endpoint that is not a GET has one. */
  readonly audit?: string;
  readonly handle: (call: Call<Query, Body>) => Promise<Answer> | Answer;
}

/** An endpoint with its types hidden behind parsing, so that endpoints of all shapes fit one list. */
export interface MountedEndpoint extends Pick<
  ApiEndpoint,
  "method" | "path" | "summary" | "role" | "answer" | "audit"
> {
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly status: 200 | 201;
  readonly run: (call: Call<unknown, unknown>) => Promise<unknown>;
}

/** Parses query and body with the endpoint's own schemas before its handler sees them; throws `ZodError`. */
export const endpoint = <Query, Body, Answer>(definition: ApiEndpoint<Query, Body, Answer>): MountedEndpoint => {
  const { query, body, handle } = definition;
  const run = async (call: Call<unknown, unknown>): Promise<unknown> =>
    handle({ ...call, query: parseOptional(query, call.query), body: parseOptional(body, call.body) });
  return { ...definition, query, body, status: definition.status ?? 200, run };
};
