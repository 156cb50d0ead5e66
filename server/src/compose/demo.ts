import { request } from "node:http";
import type { RouteConfiguration } from "@parapet/model";
import { createKey } from "#access";
import { DEMO_STEPS } from "#protocols";
import type { StoredKey } from "#storage";

const SESSION = "guided-minute";
const NO_KEYS: readonly StoredKey[] = [];

/** Sends the guided minute's requests through the gateway's own port, like any application. */
export const createDemo = (routes: readonly RouteConfiguration[], pepper: Buffer, nowMs: number) => {
  const route = routes.find(({ protocol }) => protocol === "demo");
  // Lives in memory only, so that the demo goes on working once keys are required.
  const own = createKey(
    {
      name: "guided-minute",
      routes: route === undefined ? [] : [route.id],
      models: [],
      addresses: [],
      trustIdentityHeaders: false,
    },
    pepper,
    nowMs,
  );

  return {
    keys: route === undefined ? NO_KEYS : [own.stored],
    run: async (url: string, id: string) => {
      const step = DEMO_STEPS.find((one) => one.id === id);
      if (step === undefined || route === undefined) return undefined;
      const { headers, status, text } = await post(
        `${url}${route.path}/chat/completions`,
        own.secret,
        JSON.stringify(step.body),
      );
      return {
        exchange: headers["x-parapet-exchange"] ?? "",
        verdict: headers["x-parapet-verdict"] ?? "",
        status,
        answer: answerOf(text),
      };
    },
  };
};

const post = (url: string, secret: string, body: string) =>
  new Promise<{ headers: Record<string, string>; status: number; text: string }>((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-parapet-key": secret, "x-parapet-session": SESSION };
    const outgoing = request(url, { method: "POST", headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const own = Object.entries(response.headers).flatMap(([name, value]) =>
          typeof value === "string" ? [[name, value] as const] : [],
        );
        resolve({
          headers: Object.fromEntries(own),
          status: response.statusCode ?? 0,
          text: Buffer.concat(pieces).toString("utf8"),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });

/** The assistant's words or the error's sentence. */
const answerOf = (text: string): string => {
  const body: unknown = JSON.parse(text);
  return contentOf(body) ?? text.slice(0, 2_000);
};

const contentOf = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if ((name === "content" || name === "message") && typeof inner === "string") return inner;
    const found = contentOf(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};
