import { createDeparture, mediaType, type Departure, type Upstream, type UpstreamResponse } from "#gateway";
import { Fault, SseParser } from "#platform";
import { mcp } from "#protocols";
import { discovered, helloOf, initializeParams, withEnvelope } from "./hello.ts";
import type { Ask, Hello, Link, LinkBounds, LinkOptions } from "./link.ts";
import { createPeer } from "./peer.ts";

export interface HttpTools {
  readonly server: string;
  /** Path and query of the endpoint below the upstream's base. */
  readonly path: string;
  readonly upstream: Upstream;
  readonly credential: () => string | undefined;
  readonly bounds: LinkBounds;
  /** Revision that the server was last found to speak; asked first. */
  readonly era: { known: mcp.Era | undefined };
}

const ACCEPT = "application/json, text/event-stream";
const SESSION = /^[\x21-\x7e]{1,512}$/;
const EVENT_ID = /^[\x20-\x7e]{1,512}$/;
const RECONNECT_MS = 1_000;
const RECONNECTS_MAX = 5;

interface Sent {
  readonly status: number;
  readonly session: string | undefined;
}

/** A conversation over Streamable HTTP, in whichever revision the server speaks. */
export const openHttpLink = async (tools: HttpTools, { capabilities, listener }: LinkOptions): Promise<Link> => {
  const { bounds, upstream } = tools;
  const peer = createPeer(bounds, listener);
  const closing = createDeparture();
  let session: string | undefined;
  let hello: Hello | undefined;

  const headersFor = (method: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const credential = tools.credential();
    return {
      accept: ACCEPT,
      "accept-encoding": "identity",
      "user-agent": "parapet",
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...(hello !== undefined && { "mcp-protocol-version": hello.version }),
      ...(hello?.era === "modern" && { "mcp-method": method }),
      ...(session !== undefined && { "mcp-session-id": session }),
      ...more,
    };
  };

  /** Runs until it is given up, or the conversation ends; what is done waits for neither any more. */
  const during = async <T>(signal: AbortSignal | undefined, run: (call: Departure) => Promise<T>): Promise<T> => {
    const call = createDeparture();
    const go = (): void => call.go();
    const stay = closing.onGone(go);
    if (signal?.aborted === true) go();
    signal?.addEventListener("abort", go);
    try {
      return await run(call);
    } finally {
      stay();
      signal?.removeEventListener("abort", go);
    }
  };

  const collect = async (answer: UpstreamResponse): Promise<Buffer> => answer.body.collect(bounds.messageBytesMax);

  /** Reads the messages of an event stream. Answers the id of its last event. */
  const readEvents = async (answer: UpstreamResponse, during: Ask | undefined): Promise<string | undefined> => {
    const parser = new SseParser({ eventBytesMax: bounds.messageBytesMax });
    let last: string | undefined;
    const take = (items: ReturnType<SseParser["push"]>): void => {
      for (const item of items) {
        if (!item.ok) throw new Fault("upstream_invalid", { detail: item.fault.message });
        const { data, id } = item.value;
        if (id !== undefined && EVENT_ID.test(id)) last = id;
        if (data !== undefined && data !== "") peer.receive(Buffer.from(data), during);
      }
    };
    try {
      for await (const piece of answer.body.pieces()) take(parser.push(piece));
    } catch (error) {
      // A stream that breaks off may be taken up again where its events have ids.
      if (last === undefined || (error instanceof Fault && error.code === "upstream_invalid")) throw error;
    }
    take(parser.end());
    return last;
  };

  /** Takes a broken stream up again, until the answer has come. */
  const resume = async (from: string, asked: Ask, id: number, call: Departure): Promise<void> => {
    let last = from;
    for (let attempt = 0; attempt < RECONNECTS_MAX && peer.isWaiting(id); attempt += 1) {
      await pause(RECONNECT_MS, closing);
      const headers = headersFor("", { accept: "text/event-stream", "last-event-id": last });
      const answer = await upstream.send({ method: "GET", path: tools.path, headers }, call);
      if (answer.status !== 200) break;
      last = (await readEvents(answer, asked)) ?? last;
    }
  };

  const post = (bytes: Buffer, method: string, asked?: Ask, id?: number): Promise<Sent> =>
    during(asked?.signal, (call) => send(bytes, method, call, asked, id));

  const send = async (bytes: Buffer, method: string, call: Departure, asked?: Ask, id?: number): Promise<Sent> => {
    const headers = headersFor(method, { "content-type": "application/json", ...asked?.headers });
    const answer = await upstream.send({ method: "POST", path: tools.path, headers, body: bytes }, call);
    const { status } = answer;
    const given = answer.headers["mcp-session-id"];
    const sent = { status, session: typeof given === "string" && SESSION.test(given) ? given : undefined };
    if (asked === undefined || id === undefined) {
      await collect(answer);
      return sent;
    }
    const type = mediaType(answer.headers["content-type"]);
    // A session that is initialised sends its id with the very answer.
    if (asked.method === "initialize" && status === 200) session = sent.session;
    if (status === 200 && type === "text/event-stream") {
      const last = await readEvents(answer, asked);
      if (peer.isWaiting(id) && last !== undefined) await resume(last, asked, id, call);
    } else {
      const body = await collect(answer);
      if (type === "application/json") peer.receive(body, asked);
    }
    if (peer.isWaiting(id)) peer.fail(id, refusal(tools.server, status));
    return sent;
  };

  const askOnce = (asked: Ask): Promise<mcp.RpcAnswer> => {
    const whole = hello?.era === "modern" ? withEnvelope(asked, capabilities) : asked;
    let sent = 0;
    const answered = peer.ask(whole, async (bytes, id) => {
      sent = id;
      const { status } = await post(bytes, whole.method, whole, id);
      if (status === 404 && session !== undefined) listener.onClosed("its session is over");
    });
    // In a session, to close a stream is not to give the request up.
    return answered.catch((error: unknown) => {
      if (asked.signal?.aborted === true && hello?.era === "legacy" && sent > 0) void giveUp(sent);
      throw error;
    });
  };

  const giveUp = async (requestId: number): Promise<void> => {
    const method = "notifications/cancelled";
    const message = mcp.notificationBytes(method, Buffer.from(JSON.stringify({ requestId })));
    await post(message, method).catch(() => undefined);
  };

  const startSession = async (): Promise<Hello> => {
    const signal = AbortSignal.timeout(bounds.answerMs);
    const greeting = helloOf(await askOnce({ method: "initialize", params: initializeParams(capabilities), signal }));
    hello = greeting;
    await post(mcp.notificationBytes("notifications/initialized", undefined), "notifications/initialized");
    if (session !== undefined) void listen();
    return greeting;
  };

  /** What the server says without being asked. Servers may refuse the stream. */
  const listen = async (): Promise<void> => {
    let last: string | undefined;
    while (!closing.isGone()) {
      try {
        const resumed = last === undefined ? {} : { "last-event-id": last };
        const headers = headersFor("", { accept: "text/event-stream", ...resumed });
        const answer = await upstream.send({ method: "GET", path: tools.path, headers }, closing);
        if (answer.status !== 200 || mediaType(answer.headers["content-type"]) !== "text/event-stream") return;
        last = (await readEvents(answer, undefined)) ?? last;
      } catch {
        // Silence is ordinary: the stream is opened again for as long as the session lasts.
      }
      await pause(RECONNECT_MS, closing);
    }
  };

  const discover = async (): Promise<Hello | undefined> => {
    hello = { era: "modern", version: mcp.MODERN_VERSION, capabilities: {}, instructions: "" };
    try {
      return discovered(await askOnce({ method: "server/discover", params: undefined }));
    } catch (error) {
      // An answer that is no message is how servers of earlier revisions refuse what they do not know.
      if (error instanceof Fault && error.code === "upstream_invalid") return undefined;
      throw error;
    } finally {
      hello = undefined;
    }
  };

  const found = tools.era.known === "legacy" ? undefined : await discover();
  const greeting = found ?? (await startSession());
  hello = greeting;
  tools.era.known = greeting.era;

  return {
    hello: greeting,
    ask: askOnce,
    notify: async (method, params) => {
      // Without sessions there is nobody to tell: giving a request up closes its stream.
      if (greeting.era === "legacy") await post(mcp.notificationBytes(method, params), method);
    },
    reply: async ({ id }, member, value) => {
      await post(mcp.answerBytes(id, member, value), "");
    },
    isOpen: () => !closing.isGone(),
    close: async () => {
      if (closing.isGone()) return;
      const ended = session;
      const headers = headersFor("");
      closing.go();
      peer.failAll(new Fault("upstream_reset", { detail: `MCP server ${tools.server}: the conversation was ended` }));
      if (ended === undefined) return;
      // A server that does not let sessions be ended says 405; either way it is over for us.
      const answer = await upstream
        .send({ method: "DELETE", path: tools.path, headers }, createDeparture())
        .catch(() => undefined);
      await answer?.body.collect(bounds.messageBytesMax).catch(() => undefined);
    },
  };
};

const refusal = (server: string, status: number): Fault => {
  const detail = `MCP server ${server} answered ${status} without a message`;
  if (status === 401 || status === 403)
    return new Fault("upstream_unreachable", { detail: `${detail}: its credential is refused` });
  return new Fault(status >= 500 ? "upstream_unreachable" : "upstream_invalid", { detail });
};

const pause = (ms: number, closing: Departure): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      stay();
      resolve();
    }, ms);
    timer.unref();
    const stay = closing.onGone(() => {
      clearTimeout(timer);
      resolve();
    });
  });
