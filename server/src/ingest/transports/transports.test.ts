import { createHash, createHmac } from "node:crypto";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { SourceTransport, type SourceConfiguration } from "@parapet/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "#platform";
import { makeIngestPlace, type IngestPlace } from "../ingest.fixture.ts";
import { deliverMessages } from "./kafka.ts";
import { openTransport } from "./open-transport.ts";
import { runTransport, type RunningTransport } from "./run-transport.ts";

let place: IngestPlace;
let folder: string;
const running: RunningTransport[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "parapet-transport-"));
  place = await makeIngestPlace([{ id: "events" }]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await place[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A transport of the feed `events`; positions stay with the place. */
const start = (transport: Partial<SourceConfiguration["transport"]> & { readonly kind: string }): RunningTransport => {
  const parts = place.feeds.find("events");
  const make = openTransport(SourceTransport.parse(transport), {
    base: folder,
    isGeneric: true,
    secret: (text) => text,
  });
  if (parts === undefined || make === undefined) throw new Error("no such feed or transport");
  const { tenant } = parts.feed;
  const started = runTransport(parts, make, {
    intake: place.intake,
    positions: {
      get: (name) => place.control.getFeedState(tenant, "events", name),
      list: (prefix) => place.control.listFeedStates(tenant, "events", prefix),
      put: (name, value) => place.control.putFeedState(tenant, "events", name, value),
    },
    clock: place.clock,
    logger: silentLogger,
  });
  running.push(started);
  return started;
};
const bodies = async () => (await place.records()).flatMap(({ events }) => events.map(({ body }) => body));
const numbers = async () => (await bodies()).map(({ n }) => n);
const line = (...all: readonly number[]) => all.map((n) => `${JSON.stringify({ n })}\n`).join("");
const arrives = (...expected: readonly unknown[]) => expect.poll(numbers, { timeout: 10_000 }).toEqual(expected);

describe("files", () => {
  test("are followed over growth, restart, rotation and truncation, each line once", async () => {
    const log = join(folder, "app.log");
    writeFileSync(log, line(1, 2));
    const first = start({ kind: "file", paths: ["app.log"] });
    await arrives(1, 2);
    appendFileSync(log, `${line(3)}{"n":`);
    await arrives(1, 2, 3);
    appendFileSync(log, "4}\n");
    await arrives(1, 2, 3, 4);
    await first.stop();
    // While nobody looks: more is written, then the file is rotated.
    appendFileSync(log, line(5));
    renameSync(log, join(folder, "app.log.1"));
    writeFileSync(log, line(6));
    start({ kind: "file", paths: ["app.log"] });
    await expect.poll(async () => (await numbers()).toSorted(), { timeout: 10_000 }).toEqual([1, 2, 3, 4, 5, 6]);
    truncateSync(log, 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    appendFileSync(log, line(7));
    await expect.poll(async () => (await numbers()).includes(7), { timeout: 10_000 }).toBe(true);
    expect((await numbers()).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("that are compressed are read once", async () => {
    writeFileSync(join(folder, "full.jsonl.gz"), gzipSync(line(2, 3)));
    const first = start({ kind: "file", paths: ["*.gz"] });
    await arrives(2, 3);
    await first.stop();
    start({ kind: "file", paths: ["*.gz"] });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await arrives(2, 3);
  });

  test("of a pattern are all followed, and only new lines where one begins at the end", async () => {
    writeFileSync(join(folder, "old.jsonl"), line(1));
    start({ kind: "file", paths: ["*.jsonl"], from: "end" });
    await new Promise((resolve) => setTimeout(resolve, 700));
    appendFileSync(join(folder, "old.jsonl"), line(4));
    writeFileSync(join(folder, "new.jsonl"), line(5));
    await expect.poll(async () => (await numbers()).toSorted(), { timeout: 10_000 }).toEqual([4, 5]);
  });

  test("a position does not move before what stands before it is durable", async () => {
    writeFileSync(join(folder, "app.log"), line(1));
    place.faults.write = "ENOSPC";
    const one = start({ kind: "file", paths: ["app.log"] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await one.stop();
    expect(await numbers()).toEqual([]);
    place.faults.write = undefined;
    start({ kind: "file", paths: ["app.log"] });
    await arrives(1);
  });

  test("that are not there are a problem that is told, until they are", async () => {
    const one = start({ kind: "file", paths: ["none.log"] });
    await expect.poll(() => one.problem()).toContain("none.log");
    writeFileSync(join(folder, "none.log"), line(1));
    await arrives(1);
    await expect.poll(() => one.problem()).toBeUndefined();
  });
});

const freePort = async (): Promise<number> => {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const NEW = '<165>1 2026-01-01T00:00:00.003Z node-7 falco 812 ID47 [x@1 a="b\\]c"] {"n":1}';
const OLD = "<34>Jan  1 00:00:00 node-7 sudo[99]: ada : TTY=pts/0";

describe("syslog", () => {
  const sent = async (write: (port: number) => Promise<void>, more: Record<string, unknown>) => {
    const port = await freePort();
    start({ kind: "syslog", port, ...more });
    await expect
      .poll(
        async () => {
          await write(port).catch(() => undefined);
          return (await bodies()).length;
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBeGreaterThanOrEqual(2);
    const [modern, old] = (await bodies()).toSorted((a, b) => Object.keys(a).length - Object.keys(b).length);
    expect(modern).toEqual({ n: 1 });
    expect((await bodies()).at(-1) ?? old).toMatchObject({
      host: "node-7",
      application: "sudo",
      process: "99",
      message: "ada : TTY=pts/0",
    });
  };
  const framed = (message: string) => `${Buffer.byteLength(message)} ${message}`;

  test("over UDP", async () => {
    await sent(
      async (port) => {
        const socket = createSocket("udp4");
        for (const message of [NEW, OLD])
          await new Promise((resolve) => socket.send(message, port, "127.0.0.1", resolve));
        socket.close();
      },
      { protocol: "udp" },
    );
  });

  test.each([
    ["lines", `${NEW}\n${OLD}\n`],
    ["counted octets", framed(NEW) + framed(OLD)],
  ])("over TCP as %s", async (_, text) => {
    await sent(
      (port) =>
        new Promise((resolve, reject) => {
          const socket = connectTcp(port, "127.0.0.1", () => socket.end(text, resolve));
          socket.on("error", reject);
        }),
      { protocol: "tcp" },
    );
  });

  test("over TLS", async () => {
    const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-keyout",
        key,
        "-out",
        certificate,
      ],
      { stdio: "ignore" },
    );
    await sent(
      (port) =>
        new Promise((resolve, reject) => {
          const socket = connectTls(
            { port, host: "127.0.0.1", ca: readFileSync(certificate), servername: "localhost" },
            () => socket.end(`${NEW}\n${OLD}\n`, resolve),
          );
          socket.on("error", reject);
        }),
      { protocol: "tls", certificate, key },
    );
  });

  test("from elsewhere than allowed is not taken", async () => {
    const port = await freePort();
    start({ kind: "syslog", protocol: "tcp", port, from: ["10.0.0.0/8"] });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await new Promise<void>((resolve) => {
      const socket = connectTcp(port, "127.0.0.1", () => socket.end(`${NEW}\n`));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
    expect(await bodies()).toEqual([]);
  });
});

/** The wire of S3 as far as it is needed: lists behind a key, objects, and signatures that are checked. */
const objectStore = (objects: ReadonlyMap<string, Buffer>, secret: string) =>
  createServer((request, response) => {
    if (!isSigned(request, secret))
      return void response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
    const url = new URL(request.url ?? "/", "http://store");
    if (url.searchParams.get("list-type") === "2") {
      const after = url.searchParams.get("start-after") ?? "";
      const keys = [...objects.keys()]
        .filter((key) => key > after && key.startsWith(url.searchParams.get("prefix") ?? ""))
        .toSorted()
        .slice(0, 2);
      const contents = keys.map(
        (key) => `<Contents><Size>1</Size><Key>${key.replaceAll("&", "&amp;")}</Key></Contents>`,
      );
      return void response.end(`<?xml version="1.0"?><ListBucketResult>${contents.join("")}</ListBucketResult>`);
    }
    const body = objects.get(decodeURIComponent(url.pathname).replace("/logs/", ""));
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });

/** AWS Signature Version 4 from its documentation, written apart from the client's. */
const isSigned = ({ method = "", url = "", headers }: IncomingMessage, secret: string): boolean => {
  const given = /Credential=[^/]+\/(\d+)\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
    headers.authorization ?? "",
  );
  if (given === null) return false;
  const [, date = "", region = "", names = "", signature] = given;
  const { pathname, search } = new URL(url, "http://store");
  const query = search.slice(1).split("&").filter(Boolean).toSorted().join("&");
  const signed = names
    .split(";")
    .map((name) => `${name}:${String(headers[name]).trim()}\n`)
    .join("");
  const canonical = [
    method,
    pathname,
    query,
    signed,
    names,
    headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD",
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    headers["x-amz-date"],
    `${date}/${region}/s3/aws4_request`,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const mac = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const key = [region, "s3", "aws4_request"].reduce<Buffer>(mac, mac(`AWS4${secret}`, date));
  return mac(key, text).toString("hex") === signature;
};

describe("objects", () => {
  const store = async (objects: ReadonlyMap<string, Buffer>) => {
    const server = objectStore(objects, "s3-secret").listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const settings = {
    kind: "s3" as const,
    bucket: "logs",
    prefix: "a/",
    accessKeyId: "id",
    secretAccessKey: "s3-secret",
    everySeconds: 5,
  };

  test("of a bucket are taken in the order of their keys, compressed ones too, and each once over a restart", async () => {
    const objects = new Map([
      ["a/1.json", Buffer.from(line(1, 2))],
      ["a/2 &.json.gz", gzipSync(line(3))],
      ["a/3.json", Buffer.from(`[${line(4).trim()}]`)],
      ["b/1.json", Buffer.from(line(9))],
    ]);
    const { server, endpoint } = await store(objects);
    const first = start({ ...settings, endpoint });
    await arrives(1, 2, 3, 4);
    await first.stop();
    objects.set("a/4.json", Buffer.from(line(5)));
    start({ ...settings, endpoint });
    await arrives(1, 2, 3, 4, 5);
    server.closeAllConnections();
    server.close();
  });

  test("a store that refuses is a problem that is told", async () => {
    const { server, endpoint } = await store(new Map());
    const one = start({ ...settings, endpoint, secretAccessKey: "wrong" });
    await expect.poll(() => one.problem(), { timeout: 5_000 }).toContain("SignatureDoesNotMatch");
    server.closeAllConnections();
    server.close();
  });
});

const hasNats = spawnSync("sh", ["-c", "PATH=$PATH:/usr/sbin command -v nats-server"]).status === 0;

describe.runIf(hasNats)("NATS", () => {
  test("messages of a stream are taken once each, and not before they are durable acknowledged", async () => {
    const port = await freePort();
    const server = spawn("nats-server", ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", folder], {
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
      stdio: "ignore",
    });
    const servers = [`nats://127.0.0.1:${port}`];
    const connection = await connectNats({
      servers,
      waitOnFirstConnect: true,
      maxReconnectAttempts: 100,
      reconnectTimeWait: 100,
    });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "telemetry", subjects: ["telemetry.>"] });
    const publish = (n: number, subject = "telemetry.app") =>
      jetstream(connection).publish(subject, JSON.stringify({ n }));
    for (const n of [1, 2, 3]) await publish(n);
    await publish(9, "telemetry.other");
    const options = { kind: "nats" as const, servers, stream: "telemetry", subject: "telemetry.app" };
    const first = start(options);
    await arrives(1, 2, 3);
    await first.stop();
    place.faults.write = "ENOSPC";
    await publish(4);
    const second = start(options);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await second.stop();
    expect((await manager.consumers.info("telemetry", "parapet")).num_ack_pending).toBe(1);
    place.faults.write = undefined;
    await connection.close();
    server.kill();
    await new Promise((resolve) => server.once("exit", resolve));
  });
});

test("Kafka's offsets are committed behind what is durable, in order, and empty messages are passed over", async () => {
  const committed: number[] = [];
  const message = (offset: number, value: string | null) => ({
    value: value === null ? null : Buffer.from(value),
    commit: () => void committed.push(offset),
  });
  const payloads: string[] = [];
  const tools = {
    deliver: async ({ bytes }: { readonly bytes: Uint8Array }) => {
      payloads.push(Buffer.from(bytes).toString("utf8"));
      return payloads.length < 3;
    },
  };
  const batch = [message(1, '{"n":1}'), message(2, null), message(3, '{\n"n":2}'), message(4, '{"n":3}')];
  expect(await deliverMessages(batch, tools)).toBe(true);
  expect([payloads, committed]).toEqual([
    ['{"n":1}\n{"n":3}\n', '{\n"n":2}'],
    [1, 2, 3, 4],
  ]);
  expect(await deliverMessages([message(5, "{}")], tools)).toBe(false);
  expect(committed).toEqual([1, 2, 3, 4]);
});

test("a broker at a metadata address is refused before anything connects", () => {
  const transport = SourceTransport.parse({ kind: "nats", servers: ["nats://169.254.169.254:4222"], stream: "s" });
  expect(() => openTransport(transport, { base: ".", isGeneric: true, secret: (text) => text })).toThrow("169.254");
});

test("a copy of a file is another file", async () => {
  writeFileSync(join(folder, "a.log"), line(1));
  start({ kind: "file", paths: ["*.log"] });
  await arrives(1);
  copyFileSync(join(folder, "a.log"), join(folder, "b.log"));
  await arrives(1, 1);
});
