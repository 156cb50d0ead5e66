import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const main = join(root, "server", "src", "main.ts");
export const ADMIN_TOKEN = "pt_test_administrator";

export interface Started {
  readonly url: string;
  readonly data: string;
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Over the socket in the data directory, as the command line does. */
  readonly api: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: any }>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

export interface StartOptions {
  readonly configuration: string;
  readonly data?: string;
  readonly env?: Record<string, string>;
  /** `up` when left out. */
  readonly role?: "up" | "gateway" | "monitor";
  readonly port?: number;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "parapet-e2e-"));

/** A role of Parapet as its own process on a free port, from its first moment on. */
const spawnParapet = ({
  configuration,
  data = temporaryFolder(),
  env = {},
  role = "up",
  port = 0,
}: StartOptions): { readonly child: ChildProcess; readonly data: string } => {
  const file = join(data, "parapet.yaml");
  writeFileSync(file, configuration);
  const child = spawn(
    process.execPath,
    [
      "--conditions=source",
      "--disable-warning=ExperimentalWarning",
      main,
      role,
      "--config",
      file,
      "--data",
      join(data, "store"),
      "--port",
      String(port),
    ],
    {
      env: { ...process.env, PARAPET_ADMIN_TOKEN: ADMIN_TOKEN, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  return { child, data };
};

/** Kills a process while it starts, or just after. */
export const startAndKill = async (options: StartOptions, afterMs: number): Promise<void> => {
  const { child } = spawnParapet(options);
  const ended = once(child, "exit");
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGKILL");
  const [code, signal] = await ended;
  if (signal !== "SIGKILL") throw new Error(`parapet ended by itself, with ${String(code)}`);
};

/** Starts a role of Parapet and waits until it is ready. */
export const startParapet = async (options: StartOptions): Promise<Started> => {
  const { child, data } = spawnParapet(options);
  let stderr = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on("data", (piece: Buffer) => {
      stderr += piece.toString("utf8");
      const ready = /is ready on (http:\S+)/.exec(stderr);
      if (ready?.[1] !== undefined) resolve(ready[1]);
    });
    child.on("exit", (code) => reject(new Error(`parapet ended with ${code}: ${stderr}`)));
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const socketPath = join(data, "store", "parapet.sock");
  return {
    url,
    data: join(data, "store"),
    child,
    stderr: () => stderr,
    api: (method, path, body) => callSocket(socketPath, method, path, body),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};

const callSocket = (
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: any }> =>
  new Promise((resolve, reject) => {
    const call = httpRequest(
      {
        socketPath,
        method,
        path: `/api/v1${path}`,
        headers: { host: "localhost", "content-type": "application/json" },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => {
          const text = Buffer.concat(pieces).toString("utf8");
          resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) });
        });
      },
    );
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** Waits for something that the drain brings about. */
export const eventually = async <T>(read: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> => {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > endMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });

export interface RouteLines {
  readonly upstream: string;
  readonly id?: string;
  readonly path?: string;
  /** Further keys of the route; `mode: enforce` unless given. */
  readonly [key: string]: string | undefined;
}

/** A configuration with these routes, the product's own policies and rules, and `more` at its end. */
export const configurationOf = (
  routes: readonly RouteLines[],
  more = "",
  policies = join(root, "policies"),
): string => `
routes:
${routes
  .map(({ id = "assistant", path = "/v1", upstream, ...rest }) =>
    Object.entries({ id, path, protocol: "openai", upstream, credential: "caller", mode: "enforce", ...rest })
      .map(([key, value], index) => `${index === 0 ? "  - " : "    "}${key}: ${value}`)
      .join("\n"),
  )
  .join("\n")}
policies: [${policies}]
rules: [${join(root, "rules")}]
log: { level: warn }
${more}
`;

export const productPolicies = join(root, "policies");

/** One route to an upstream, enforcing, with the product's own policies and rules. */
export const routeTo = (upstream: string, more = ""): string => `
routes:
  - id: assistant
    path: /v1
    protocol: openai
    upstream: ${upstream}
    credential: caller
    mode: enforce
${more}
policies: [${join(root, "policies")}]
rules: [${join(root, "rules")}]
log: { level: warn }
`;
