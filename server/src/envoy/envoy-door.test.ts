/**
 * Guarantee: the listener for Envoy is bounded and says so, hands on keys and nothing that callers make up, speaks TLS to
 * those whose certificate it knows, and ends what runs before it closes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChannelCredentials, Client, credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeAll, afterAll, describe, expect, test } from "vitest";
import { GuardsConfiguration } from "@parapet/model";
import { silentLogger } from "#platform";
import { openEnvoyDoor, type EnvoyDoor, type EnvoyDoorOptions } from "./envoy-door.ts";
import { POST, wordGateway } from "./envoy.fixture.ts";
import { decodeWire, encodeWire } from "./wire.ts";

const PROCESS = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
const CHECK = "/envoy.service.auth.v3.Authorization/Check";
const HEALTH = "/grpc.health.v1.Health/Check";
const headers = POST.map(([key, value]) => ({ key, rawValue: Buffer.from(value) }));
const HEAD = { requestHeaders: { headers: { headers } }, protocolConfig: { requestBodyMode: 4, responseBodyMode: 4 } };
const BODY = { requestBody: { body: Buffer.from("{}"), endOfStream: true } };

const open: { readonly door: EnvoyDoor; readonly clients: Client[] }[] = [];
afterEach(async () => {
  for (const { door, clients } of open.splice(0)) {
    for (const client of clients) client.close();
    await door.close(0);
  }
});

const start = async (settings: Record<string, unknown> = {}, tls?: EnvoyDoorOptions["tls"]) => {
  const { gateway, seen } = wordGateway();
  const ends: string[] = [];
  const { grpc } = GuardsConfiguration.parse({ grpc: { port: 0, path_prefix: "/envoy", ...settings } });
  if (grpc === undefined) throw new Error("no settings");
  const door = await openEnvoyDoor({
    gateway,
    settings: grpc,
    tls,
    headerBytesMax: 16 * 1024,
    logger: silentLogger,
    metrics: { ended: (service, how) => void ends.push(`${service} ${how}`), watch: () => undefined },
  });
  const clients: Client[] = [];
  open.push({ door, clients });
  const connect = (how = credentials.createInsecure()): Client => {
    const client = new Client(`localhost:${door.port}`, how);
    clients.push(client);
    return client;
  };
  return { door, seen, ends, connect };
};

const metadataOf = (values: Readonly<Record<string, readonly string[]>>): Metadata => {
  const metadata = new Metadata();
  for (const [name, all] of Object.entries(values)) for (const value of all) metadata.add(name, value);
  return metadata;
};
const stream = (client: Client, metadata: Readonly<Record<string, readonly string[]>> = {}) => {
  const call = client.makeBidiStreamRequest(
    PROCESS,
    (value: object) => encodeWire("ProcessingRequest", { ...value }),
    (bytes) => decodeWire("ProcessingResponse", bytes),
    metadataOf(metadata),
  );
  const told: object[] = [];
  call.on("data", (message: object) => told.push(message));
  call.on("error", () => undefined);
  const ended = new Promise<number>((resolve) => call.on("status", ({ code }) => resolve(code)));
  return { call, told, ended };
};
const ask = (client: Client, path: string, request: object = {}): Promise<object | undefined> =>
  new Promise((resolve, reject) => {
    const isCheck = path === CHECK;
    client.makeUnaryRequest(
      path,
      (value: object) => encodeWire(isCheck ? "CheckRequest" : "HealthCheckRequest", { ...value }),
      (bytes) => decodeWire(isCheck ? "CheckResponse" : "HealthCheckResponse", bytes),
      request,
      (error: ServiceError | null, answer) => (error === null ? resolve(answer) : reject(error)),
    );
  });

describe("what the gateway is told", () => {
  test("the key of the asking Envoy, in place of its caller's", async () => {
    const { seen, connect } = await start();
    const { call, told } = stream(connect(), { "x-parapet-key": ["envoy's"] });
    const own = { key: "x-parapet-key", rawValue: Buffer.from("a caller's") };
    call.write({ ...HEAD, requestHeaders: { headers: { headers: [...headers, own] } } });
    call.write(BODY);
    await expect.poll(() => told.length).toBeGreaterThan(0);
    expect(seen[0]).toMatchObject({ "x-parapet-key": "envoy's", host: "models.example" });
    call.cancel();
  });

  test.each<[string, Readonly<Record<string, readonly string[]>>, readonly (readonly [string, string])[]]>([
    ["a key without end", { "x-parapet-key": ["a".repeat(2_000)] }, []],
    ["a prefix that is no path", { "x-parapet-prefix": ["x"] }, []],
    ["a header twice", {}, [["content-type", "text/plain"]]],
    ["a header with a line in it", {}, [["a", "b\r\nc: d"]]],
    ["a name that is none", {}, [["a b", "c"]]],
  ])("nothing of a request with %s", async (_, metadata, more) => {
    const { seen, connect, ends } = await start();
    const { call, told, ended } = stream(connect(), metadata);
    const all = [...headers, ...more.map(([key, value]) => ({ key, rawValue: Buffer.from(value) }))];
    call.write({ ...HEAD, requestHeaders: { headers: { headers: all } } });
    call.write(BODY);
    expect(await ended).toBe(status.OK);
    expect([told, seen, ends]).toEqual([
      [expect.objectContaining({ immediateResponse: expect.objectContaining({ status: { code: 400 } }) })],
      [],
      ["ext-proc refused"],
    ]);
  });

  test("headers without end are refused", async () => {
    const { connect } = await start();
    const { call, told } = stream(connect());
    const many = Array.from({ length: 300 }, (_, at) => ({ key: `a${at}`, rawValue: Buffer.alloc(100, "a") }));
    call.write({ ...HEAD, requestHeaders: { headers: { headers: [...headers, ...many] } } });
    call.write(BODY);
    await expect
      .poll(() => told)
      .toEqual([expect.objectContaining({ immediateResponse: expect.objectContaining({ status: { code: 431 } }) })]);
  });
});

describe("bounds", () => {
  test("streams at once", async () => {
    const { connect, ends } = await start({ streamsMax: 1 });
    const first = stream(connect());
    first.call.write(HEAD);
    first.call.write(BODY);
    await expect.poll(() => first.told.length).toBeGreaterThan(0);
    await expect(ask(connect(), CHECK)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    first.call.cancel();
    await expect.poll(() => ends).toEqual(["ext-authz overloaded", "ext-proc left"]);
    expect(await ask(connect(), CHECK)).toMatchObject({ status: { code: 7 } });
  });

  test("time until a request was shown", async () => {
    const { connect } = await start({ requestMs: 100 });
    const { call, ended } = stream(connect());
    call.write(HEAD);
    expect(await ended).toBe(status.DEADLINE_EXCEEDED);
  });

  test("what is no message", async () => {
    const { connect } = await start();
    const call = connect().makeBidiStreamRequest(
      PROCESS,
      () => Buffer.from([0xff]),
      (bytes) => bytes,
    );
    call.on("error", () => undefined);
    const ended = new Promise((resolve) => call.on("status", ({ code }) => resolve(code)));
    call.write({});
    expect(await ended).toBe(status.INVALID_ARGUMENT);
  });
});

test("closing waits for what runs, and cuts what takes longer", async () => {
  const { door, connect } = await start();
  const client = connect();
  expect(await ask(client, HEALTH)).toMatchObject({ status: 1 });
  const ending = stream(client);
  ending.call.write(HEAD);
  const endless = stream(client);
  endless.call.write(HEAD);
  ending.call.write(BODY);
  await expect.poll(() => ending.told.length).toBeGreaterThan(0);
  const closed = door.close(300);
  ending.call.end();
  expect(await ending.ended).toBe(status.OK);
  expect(await endless.ended).not.toBe(status.OK);
  await closed;
});

describe("TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "parapet-envoy-"));
  const file = (name: string): Buffer => readFileSync(join(folder, `${name}.pem`));
  beforeAll(() => {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    for (const name of ["server", "client"])
      execFileSync(
        "openssl",
        ["req", "-x509", ...curve, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"].concat([
          "-keyout",
          join(folder, `${name}-key.pem`),
          "-out",
          join(folder, `${name}.pem`),
        ]),
        { stdio: "ignore" },
      );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("with and without a client's certificate", async () => {
    const served = { key: file("server-key"), certificate: file("server") };
    const { connect } = await start({}, { ...served, clientCa: undefined });
    expect(await ask(connect(credentials.createSsl(served.certificate)), HEALTH)).toMatchObject({ status: 1 });

    const mutual = await start({}, { ...served, clientCa: file("client") });
    const known = ChannelCredentials.createSsl(served.certificate, file("client-key"), file("client"));
    expect(await ask(mutual.connect(known), HEALTH)).toMatchObject({ status: 1 });
    await expect(ask(mutual.connect(credentials.createSsl(served.certificate)), HEALTH)).rejects.toMatchObject({
      code: status.UNAVAILABLE,
    });
  });
});
