import { lstatSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { Problem } from "@parapet/model/api";
import type { z } from "zod";
import { CommandFailed, EXIT, type ExitCode } from "./command.ts";
import { printable, printableLines } from "./printable.ts";

const CONNECT_MS = 2_000;
/** Verifying a large log takes minutes. */
const ANSWER_MS = 600_000;
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The running server's API over the socket in its data directory, as administrator. */
export interface ServerClient {
  /** `path` below /api/v1. Throws `CommandFailed` with the server's sentence when it refuses. */
  readonly get: <T>(path: string, schema: z.ZodType<T>) => Promise<T>;
  readonly send: <T>(method: Method, path: string, body: unknown, schema: z.ZodType<T>) => Promise<T>;
  /** Telemetry to the ingest of a source, as it is; answers what the server says, whatever that is. */
  readonly deliver: (source: string, payload: Payload) => Promise<Delivered>;
}

export interface Payload {
  readonly bytes: Buffer;
  /** Empty where it is to be told from the bytes. */
  readonly contentType: string;
}

export interface Delivered {
  readonly status: number;
  readonly body: unknown;
  /** Undefined when the server does not ask to wait. */
  readonly retryAfterSeconds: number | undefined;
}

/** Whether somebody accepts on the socket. A file that a killed server left behind refuses, and is none. */
const isLive = (socket: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const connection = connect({ path: socket, timeout: CONNECT_MS });
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("timeout", () => {
      connection.destroy();
      reject(new CommandFailed(EXIT.unable, `The server at ${printable(socket)} does not answer; is it overloaded?`));
    });
    connection.once("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      if (code === "EACCES" || code === "EPERM") {
        reject(
          new CommandFailed(
            EXIT.unable,
            `${printable(socket)} belongs to another account; run this as the one that runs Parapet.`,
          ),
        );
      } else resolve(false);
    });
  });

const answerCode = (status: number): ExitCode => (status === 400 || status === 404 ? EXIT.usage : EXIT.unable);

const exchange = (
  socket: string,
  method: Method,
  path: string,
  payload: Payload | undefined,
  token?: string,
): Promise<{ readonly status: number; readonly text: string; readonly retryAfter: string | undefined }> =>
  new Promise((resolve, reject) => {
    const unable = (why: string): void =>
      reject(new CommandFailed(EXIT.unable, `The running server could not be asked: ${why}`));
    const asking = request(
      {
        socketPath: socket,
        method,
        path,
        headers: {
          host: "localhost",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(payload !== undefined && { "content-length": payload.bytes.length }),
          ...(payload !== undefined && payload.contentType !== "" && { "content-type": payload.contentType }),
        },
        timeout: ANSWER_MS,
        agent: false,
      },
      (response) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        response.on("data", (piece: Buffer) => {
          bytes += piece.length;
          if (bytes > ANSWER_BYTES_MAX) asking.destroy(new Error("its answer is too long"));
          else pieces.push(piece);
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(pieces).toString("utf8"),
            retryAfter: response.headers["retry-after"],
          }),
        );
        response.on("error", (error) => unable(error.message));
      },
    );
    asking.on("timeout", () => asking.destroy(new Error("no answer in ten minutes")));
    asking.on("error", (error) => unable(error.message));
    asking.end(payload?.bytes);
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const createClient = (socket: string, token: string | undefined): ServerClient => {
  const send: ServerClient["send"] = async (method, path, body, schema) => {
    const payload =
      body === undefined ? undefined : { bytes: Buffer.from(JSON.stringify(body)), contentType: "application/json" };
    const { status, text } = await exchange(socket, method, `/api/v1${path}`, payload, token);
    const value = parseJson(text);
    if (status >= 400) {
      const problem = Problem.safeParse(value);
      const sentence = problem.success ? problem.data.title : `The server answered ${status}.`;
      const places = (problem.success ? (problem.data.errors ?? []) : []).map(
        (one) => `\n  ${one.path}: ${one.message}`,
      );
      const asked = status === 404 ? ` (${decodeURI(path)})` : "";
      throw new CommandFailed(answerCode(status), printableLines(sentence + asked + places.join("")));
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      throw new CommandFailed(
        EXIT.unable,
        `The running server answers in a form that this version does not know; are both of one version?`,
      );
    }
    return parsed.data;
  };
  const deliver: ServerClient["deliver"] = async (source, payload) => {
    const { status, text, retryAfter } = await exchange(
      socket,
      "POST",
      `/ingest/${encodeURIComponent(source)}`,
      payload,
    );
    return {
      status,
      body: parseJson(text),
      retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    };
  };
  return { send, get: (path, schema) => send("GET", path, undefined, schema), deliver };
};

/** The server that runs on this data directory, or undefined when none does. With a token it knows who asks. */
export const findServer = async (dataDirectory: string, token?: string): Promise<ServerClient | undefined> => {
  const socket = join(dataDirectory, "parapet.sock");
  // Whatever else stands there, nothing is sent to what is not a socket.
  if (lstatSync(socket, { throwIfNoEntry: false })?.isSocket() !== true) return undefined;
  return (await isLive(socket)) ? createClient(socket, token) : undefined;
};

/** `?a=b&c=d` of what is given; empty when nothing is. */
export const queryOf = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
};
