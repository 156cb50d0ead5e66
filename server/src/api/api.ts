import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { DEFAULT_TENANT, includesRole, type TenantId } from "@parapet/model";
import { ApprovalLinkDecision, ApprovalLinkShow, SignIn } from "@parapet/model/api";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import type { Authenticated } from "#access";
import { Fault, plainAddress } from "#platform";
import { LOCAL_NAME } from "./approvals.ts";
import type { MountedEndpoint } from "./endpoint.ts";
import { openApiDocument } from "./openapi.ts";
import { problemResponse, toProblem } from "./problems.ts";
import type { ApiTools } from "./tools.ts";

/** What `inspect` reads is inspected on the loop: this much takes some tens of milliseconds. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** Sign-ins that fail, per address and minute, before the door stays shut for the rest of it. */
const SIGN_IN_FAILURES_MAX = 10;

export interface Api {
  /** For requests that came over the network. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  /** For requests over the socket in the data directory, which only its owner can open. */
  readonly localListener: (request: IncomingMessage, response: ServerResponse) => void;
}

const LOCAL: Authenticated = { name: LOCAL_NAME, role: "administrator", tenant: DEFAULT_TENANT };

interface Env {
  readonly Bindings: { readonly incoming: IncomingMessage };
}

const addressOf = (context: Context<Env>): string => plainAddress(context.env.incoming.socket.remoteAddress ?? "");

export const createApi = (endpoints: readonly MountedEndpoint[], tools: ApiTools): Api => {
  const watchers: Watchers = new Set();
  return {
    listener: getRequestListener(build(endpoints, tools, watchers, undefined).fetch),
    localListener: getRequestListener(build(endpoints, tools, watchers, LOCAL).fetch),
  };
};

const build = (
  endpoints: readonly MountedEndpoint[],
  tools: ApiTools,
  watchers: Watchers,
  local: Authenticated | undefined,
): Hono<Env> => {
  const app = new Hono<Env>().basePath("/api/v1");
  app.use(async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    context.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    context.header("cache-control", "no-store");
  });
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => problemResponse(toProblem(new Fault("body_too_large"), tools.logger)),
    }),
  );
  app.onError((error) =>
    problemResponse(toProblem(error, tools.logger), error instanceof Fault ? error.retryAfterSeconds : undefined),
  );
  app.notFound(() => problemResponse(toProblem(new Fault("not_found"), tools.logger)));

  const authenticate = async (context: Context<Env>): Promise<Authenticated> => {
    // Who presents a token over the socket wants to be known by name.
    if (local !== undefined && context.req.header("authorization") === undefined) return local;
    const check = await tools.authenticator.authenticate({
      authorization: context.req.header("authorization"),
      cookie: context.req.header("cookie"),
      csrf: context.req.header("x-parapet-csrf"),
      mutating: context.req.method !== "GET",
    });
    if (!check.ok) throw new Fault(check.code, { message: check.reason });
    return check.user;
  };

  app.use(async (context, next) => {
    await next();
    // Whatever was changed may be the right to watch.
    if (context.req.method !== "GET") for (const lookAgain of watchers) lookAgain();
  });
  mountSession(app, tools, authenticate);
  mountLinks(app, tools);
  app.get("/openapi.json", (context) => context.json(openApiDocument(endpoints, tools.settings().version)));
  app.get("/exchanges/live", async (context) => {
    const { tenant } = await authenticate(context);
    const mayStay = () =>
      authenticate(context).then(
        (user) => user.tenant === tenant,
        () => false,
      );
    return live(context, tools, { tenant, watchers, mayStay });
  });

  for (const one of endpoints) {
    app.on(one.method.toUpperCase(), one.path.replaceAll(/\{(\w+)\}/g, ":$1"), async (context) => {
      const user = await authenticate(context);
      return answer(context, one, user, tools);
    });
  }
  return app;
};

const readJson = async (context: Context<Env>): Promise<unknown> => {
  const text = await context.req.text();
  if (text === "") return {};
  if (!(context.req.header("content-type") ?? "").startsWith("application/json"))
    throw new Fault("unsupported_media_type");
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new Fault("bad_json");
  }
};

/** Runs one operation and writes its audit entry, whether it succeeded or not. */
const answer = async (
  context: Context<Env>,
  one: MountedEndpoint,
  user: Authenticated,
  tools: ApiTools,
): Promise<Response> => {
  const params: Readonly<Record<string, string>> = context.req.param();
  let target = Object.values(params)[0] ?? one.path;
  let detail: Readonly<Record<string, unknown>> = {};
  const note = (about: string, more: Readonly<Record<string, unknown>> = {}): void => {
    target = about;
    detail = more;
  };
  const entry = (outcome: "success" | "failure") =>
    tools.audit({
      tenant: user.tenant,
      type: one.audit ?? `${one.method}.${one.path}`,
      actor: user.name === LOCAL.name ? LOCAL.name : `user:${user.name}`,
      address: addressOf(context),
      target,
      outcome,
      detail,
    });
  let value: unknown;
  try {
    // Inside, because an attempt without the role is what an audit is for.
    if (!includesRole(user.role, one.role))
      throw new Fault("forbidden", { message: `This needs the role ${one.role}.` });
    const body = one.body === undefined ? undefined : await readJson(context);
    value = await one.run({ user, tenant: user.tenant, params, query: context.req.query(), body, tools, note });
  } catch (error) {
    if (one.method !== "get") await entry("failure");
    throw error;
  }
  if (one.method !== "get") await entry("success");
  return context.json(value ?? null, one.status);
};

interface Door {
  /** Throws `rate_limited` when the address may not try again yet. */
  readonly check: (address: string) => void;
  readonly fail: (address: string) => void;
}

const ADDRESSES_MAX = 10_000;

/** Wrong tokens per address in the current minute; once too many addresses are known, new ones are not counted. */
const createDoor = (now: () => number): Door => {
  let minute = 0;
  const failures = new Map<string, number>();
  const turn = (): void => {
    const current = Math.floor(now() / 60_000);
    if (current !== minute) failures.clear();
    minute = current;
  };
  return {
    check: (address) => {
      turn();
      if ((failures.get(address) ?? 0) >= SIGN_IN_FAILURES_MAX)
        throw new Fault("rate_limited", { retryAfterSeconds: 60 });
    },
    fail: (address) => {
      turn();
      if (failures.size < ADDRESSES_MAX || failures.has(address))
        failures.set(address, (failures.get(address) ?? 0) + 1);
    },
  };
};

const mountSession = (
  app: Hono<Env>,
  tools: ApiTools,
  authenticate: (context: Context<Env>) => Promise<Authenticated>,
): void => {
  const door = createDoor(() => tools.clock.now());
  const signInEntry = (context: Context<Env>, actor: string, outcome: "success" | "failure") =>
    tools.audit({
      tenant: DEFAULT_TENANT,
      type: "session.started",
      actor,
      address: addressOf(context),
      target: "console",
      outcome,
      detail: {},
    });

  app.post("/session", async (context) => {
    door.check(addressOf(context));
    const { token } = SignIn.parse(await readJson(context));
    const signedIn = await tools.authenticator.signIn(token, context.req.header("x-forwarded-proto") === "https");
    if (signedIn === undefined) {
      door.fail(addressOf(context));
      await signInEntry(context, "anonymous", "failure");
      throw new Fault("unauthorized", { message: "This token is not known." });
    }
    const { user, cookie } = signedIn;
    await signInEntry(context, `user:${user.name}`, "success");
    context.header("set-cookie", cookie);
    return context.json({ name: user.name, role: user.role, csrf: user.csrf ?? "" });
  });
  app.get("/session", async (context) => {
    const { name, role, csrf } = await authenticate(context);
    return context.json({ name, role, csrf: csrf ?? "" });
  });
  app.delete("/session", async (context) => {
    await authenticate(context);
    context.header("set-cookie", await tools.authenticator.signOut(context.req.header("cookie")));
    return context.body(null, 204);
  });
};

/** What a signed link opens: no session, one approval, one person. A preview that opens it decides nothing. */
const mountLinks = (app: Hono<Env>, tools: ApiTools): void => {
  const door = createDoor(() => tools.clock.now());
  const bearer = async (context: Context<Env>, token: string) => {
    door.check(addressOf(context));
    try {
      return await tools.approvals.bearerOf(token);
    } catch (error) {
      door.fail(addressOf(context));
      throw error;
    }
  };
  app.post("/approval-links/show", async (context) => {
    const { token } = ApprovalLinkShow.parse(await readJson(context));
    const { tenant, id, decider } = await bearer(context, token);
    return context.json({ ...(await tools.approvals.show(tenant, id, decider)), approver: decider.name });
  });
  app.post("/approval-links/decision", async (context) => {
    const { token, ...decision } = ApprovalLinkDecision.parse(await readJson(context));
    const { tenant, id, decider } = await bearer(context, token);
    return context.json(await tools.approvals.decide(tenant, id, decider, decision, "link"));
  });
};

/** Live streams, each by how to make it look whether it may go on. */
type Watchers = Set<() => void>;

interface Watching {
  readonly tenant: TenantId;
  readonly watchers: Watchers;
  /** Asks the door again. */
  readonly mayStay: () => Promise<boolean>;
}

/** New exchanges as server-sent events, event name `exchange`, for as long as the credential holds. */
const live = (context: Context<Env>, tools: ApiTools, { tenant, watchers, mayStay }: Watching): Response =>
  streamSSE(context, async (stream) => {
    const waiting: string[] = [];
    // Counted, because a call may come while the loop is not asleep.
    let calls = 0;
    let wake = (): void => undefined;
    const call = (): void => {
      calls += 1;
      wake();
    };
    const lookAgain = (): void => {
      call();
      // The loop may be waiting for a reader that does not read.
      void mayStay().then((may) => may || context.env.incoming.socket.destroy());
    };
    const unsubscribe = tools.subscribe(tenant, (summary) => {
      // A reader that cannot keep up loses the oldest: the list can be read again.
      if (waiting.length >= 1_000) waiting.shift();
      waiting.push(JSON.stringify(summary));
      call();
    });
    watchers.add(lookAgain);
    const heartbeat = setInterval(lookAgain, HEARTBEAT_MS);
    stream.onAbort(call);
    try {
      await stream.write(":\n\n");
      let seen = 0;
      while (!stream.aborted && !stream.closed) {
        if (calls === seen) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        seen = calls;
        if (!(await mayStay())) break;
        const ready = waiting.splice(0);
        if (ready.length === 0) await stream.write(":\n\n");
        for (const data of ready) await stream.writeSSE({ event: "exchange", data });
      }
    } finally {
      clearInterval(heartbeat);
      watchers.delete(lookAgain);
      unsubscribe();
    }
  });
