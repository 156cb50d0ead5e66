import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".png": "image/png",
};

/** Everything a page may load comes from here; nothing inline runs, nobody may frame it. */
const CONSOLE_CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

interface StaticFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly forever: boolean;
}

const load = (folder: string): Map<string, StaticFile> => {
  const files = new Map<string, StaticFile>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    const path = join(entry.parentPath, entry.name);
    const plain = readFileSync(path);
    const url = `/${relative(folder, path).split(sep).join("/")}`;
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    files.set(url, { type, plain, gzip: gzipSync(plain), forever: url.startsWith("/assets/") });
  }
  return files;
};

/** The console's files, read once into memory; every other path is the page itself, which routes in the browser. */
export const createStaticFiles = (folder: string) => {
  const files = load(folder);
  const index = files.get("/index.html");

  return (request: IncomingMessage, response: ServerResponse): void => {
    // Not by URL: `//` and its like are no URLs, and what throws here ends the process.
    const path = (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
    const file = files.get(path) ?? (extname(path) === "" ? index : undefined);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405).end();
      return;
    }
    if (file === undefined) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end(index === undefined ? "The console is not built; npm start builds it.\n" : "Not found\n");
      return;
    }
    const zipped = /\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? "");
    const body = zipped ? file.gzip : file.plain;
    response.writeHead(200, {
      "content-type": file.type,
      "content-length": body.length,
      ...(zipped && { "content-encoding": "gzip" }),
      vary: "accept-encoding",
      "cache-control": file.forever ? "public, max-age=31536000, immutable" : "no-cache",
      "content-security-policy": CONSOLE_CSP,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
};
