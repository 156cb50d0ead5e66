import {
  CredentialWrite,
  DemoRun,
  DemoSteps,
  InspectRequest,
  InspectResponse,
  Settings,
  User,
  UserChange,
  UserCreate,
  UserCreated,
} from "@parapet/model/api";
import { Slug } from "@parapet/model";
import { z } from "zod";
import { createUser } from "#access";
import { DETECTORS } from "#detectors";
import { Fault, toTimestamp } from "#platform";
import { DEMO_STEPS } from "#protocols";
import type { StoredUser } from "#storage";
import { endpoint } from "./endpoint.ts";

const userOf = ({ name, role, createdAt, disabled }: StoredUser): User => ({ name, role, createdAt, disabled });

export const settingsEndpoints = [
  endpoint({
    method: "get",
    path: "/settings",
    summary: "The effective configuration, detectors, users and stored credentials, without secrets",
    role: "viewer",
    answer: Settings,
    handle: async ({ tools, tenant }) => {
      const { configurationFile, diagnostics, ...rest } = tools.settings();
      const users = await tools.control.listUsers(tenant);
      return {
        ...rest,
        ...(configurationFile !== undefined && { configurationFile }),
        diagnostics: [...diagnostics],
        detectors: DETECTORS.map(({ id, version, title, description, categories, contextual }) => ({
          id,
          version,
          title,
          description,
          categories: [...categories],
          contextual,
        })),
        users: users.map(userOf),
        credentials: [...(await tools.control.listCredentials(tenant))],
      };
    },
  }),
  endpoint({
    method: "put",
    path: "/credentials/{name}",
    summary: "Store an upstream credential, sealed; it is never answered again",
    role: "administrator",
    body: CredentialWrite,
    answer: z.object({ name: z.string(), updatedAt: z.string() }),
    audit: "credential.stored",
    handle: async ({ tools, tenant, params, body, note }) => {
      const name = Slug.parse(params["name"]);
      await tools.setCredential(tenant, name, body.value);
      note(name);
      return { name, updatedAt: toTimestamp(tools.clock.now()) };
    },
  }),
  endpoint({
    method: "post",
    path: "/users",
    summary: "Create a user; the answer is the only one that holds the token",
    role: "administrator",
    body: UserCreate,
    answer: UserCreated,
    status: 201,
    audit: "user.created",
    handle: async ({ tools, tenant, body, note }) => {
      const users = await tools.control.listUsers(tenant);
      if (users.some(({ name }) => name === body.name))
        throw new Fault("conflict", { message: "A user of this name exists." });
      const { user, token } = await createUser(tools.control, tools.pepper, body, tools.clock.now(), tenant);
      note(user.name, { role: user.role });
      return { name: user.name, role: user.role, token };
    },
  }),
  endpoint({
    method: "patch",
    path: "/users/{name}",
    summary: "Disable a user, whose token, sessions and live streams stop at once, or enable one again",
    role: "administrator",
    body: UserChange,
    answer: User,
    audit: "user.changed",
    handle: async ({ tools, tenant, params, body, note }) => {
      const name = params["name"] ?? "";
      note(name, { disabled: body.disabled });
      const changed = await tools.control.setUserDisabled(tenant, name, body.disabled);
      if (changed === undefined) throw new Fault("not_found");
      if (changed === "last")
        throw new Fault("conflict", { message: "The last administrator cannot be disabled; make another one first." });
      return userOf(changed);
    },
  }),
  endpoint({
    method: "post",
    path: "/inspect",
    summary: "Texts through the detectors and policies, without forwarding anything",
    role: "analyst",
    body: InspectRequest,
    answer: InspectResponse,
    audit: "text.inspected",
    handle: ({ tools, body, note }) => {
      if (body.route !== undefined && !tools.routes.some(({ id }) => id === body.route)) {
        throw new Fault("bad_request", { message: `There is no route "${body.route}".` });
      }
      note(body.route ?? "default", { segments: body.segments.length });
      return tools.inspect(body);
    },
  }),
  endpoint({
    method: "get",
    path: "/demo",
    summary: "The guided minute",
    role: "viewer",
    answer: DemoSteps,
    handle: ({ tools }) => {
      const route = tools.routes.find(({ protocol }) => protocol === "demo")?.id;
      const steps = DEMO_STEPS.map(({ id, title, story, expect }) => ({ id, title, story, expect }));
      return { ...(route !== undefined && { route }), steps };
    },
  }),
  endpoint({
    method: "post",
    path: "/demo/{step}",
    summary: "Send one exchange of the guided minute through the demo route",
    role: "analyst",
    answer: DemoRun,
    audit: "demo.run",
    handle: async ({ tools, params, note }) => {
      const run = await tools.runDemo(params["step"] ?? "");
      if (run === undefined) throw new Fault("not_found");
      note(params["step"] ?? "", { exchange: run.exchange });
      return run;
    },
  }),
];
