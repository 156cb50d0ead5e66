import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cidrContains, createHttpClient, createUpstreamPool, guardUrl, isLoopback, parseCidr } from "./index.ts";

const code = (url: string, allowPrivate: boolean): string => {
  const result = guardUrl(url, { allowPrivate });
  return result.ok ? "ok" : result.refusal.code;
};

describe("addresses of metadata services are refused even where private ones are allowed", () => {
  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://169.254.169.254./",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://①⑥⑨.254.169.254/",
    "http://metadata.google.internal/",
    "http://METADATA.google.internal./",
    "http://100.100.100.200/",
  ])("%s", (url) => expect(code(url, true)).toBe("metadata_address"));
});

describe("private addresses need leave", () => {
  test.each([
    "http://127.0.0.1:11434/v1",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://localhost/",
    "http://a.localhost./",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://0.0.0.0/",
    "http://0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://[fd12::1]/",
    "http://[64:ff9b::7f00:1]/",
  ])("%s", (url) => {
    expect(code(url, false)).toBe("private_address");
    expect(code(url, true)).toBe("ok");
  });
});

test.each([
  ["https://api.openai.com/v1", "ok"],
  ["http://8.8.8.8/", "ok"],
  ["http://172.32.0.1/", "ok"],
  ["https://[2606:4700::1111]/", "ok"],
  ["file:///etc/passwd", "bad_url"],
  ["ftp://a/", "bad_url"],
  ["https://user:pass@api.openai.com/", "bad_url"],
  ["not a url", "bad_url"],
])("%s is %s", (url, expected) => expect(code(url, false)).toBe(expected));

describe("connections", () => {
  const server = createServer((request, response) => {
    if (request.url === "/redirect") return response.writeHead(302, { location: "/ok" }).end();
    if (request.url === "/large") return response.end("x".repeat(5000));
    return response.end("ok");
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = address !== null && typeof address === "object" ? address.port : 0;
  });
  afterAll(() => server.close());

  const rebinding = (address: string) =>
    createHttpClient({
      allowPrivate: false,
      timeoutMs: 2000,
      resolve: (_, callback) =>
        callback(null, [
          { address: "8.8.8.8", family: 4 },
          { address, family: address.includes(":") ? 6 : 4 },
        ]),
    });

  test.each(["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])(
    "a name that resolves to %s is not connected to",
    async (address) => {
      const client = rebinding(address);
      const result = await client.request({ url: `http://rebind.example:${port}/` });
      expect(result).toMatchObject({
        ok: false,
        code: "upstream_unreachable",
        detail: expect.stringContaining("rebind.example"),
      });
      await client.close();
    },
  );

  test("a name may resolve to a private address where that is allowed, never to a metadata one", async () => {
    const open = createHttpClient({
      allowPrivate: true,
      timeoutMs: 2000,
      resolve: (_, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    expect(await open.request({ url: `http://model.internal:${port}/` })).toMatchObject({ ok: true, status: 200 });
    await open.close();
    const metadata = createHttpClient({
      allowPrivate: true,
      timeoutMs: 2000,
      resolve: (_, callback) => callback(null, [{ address: "169.254.169.254", family: 4 }]),
    });
    expect(await metadata.request({ url: "http://model.internal/" })).toMatchObject({ ok: false });
    await metadata.close();
  });

  test("redirects are answers, not followed, and large responses are cut off", async () => {
    const client = createHttpClient({ allowPrivate: true, timeoutMs: 2000 });
    expect(await client.request({ url: `http://127.0.0.1:${port}/redirect` })).toMatchObject({ ok: true, status: 302 });
    expect(await client.request({ url: `http://127.0.0.1:${port}/large`, responseBytesMax: 1000 })).toMatchObject({
      ok: false,
      code: "upstream_too_large",
    });
    await client.close();
  });

  test("a pool for a forbidden origin is not made", () => {
    const rest = { connectTimeoutMs: 1, headersTimeoutMs: 1, bodyTimeoutMs: 1 };
    expect(() => createUpstreamPool({ origin: "http://169.254.169.254", allowPrivate: true, ...rest })).toThrow();
    expect(() => createUpstreamPool({ origin: "http://127.0.0.1", allowPrivate: false, ...rest })).toThrow();
  });

  test("a refused connection is unreachable", async () => {
    const client = createHttpClient({ allowPrivate: true, timeoutMs: 2000 });
    expect(await client.request({ url: "http://127.0.0.1:1/" })).toMatchObject({
      ok: false,
      code: "upstream_unreachable",
    });
    await client.close();
  });
});

test.each([
  ["10.0.0.0/8", "10.200.1.1", true],
  ["10.0.0.0/8", "::ffff:10.1.1.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.168.1.7", "192.168.1.7", true],
  ["fd00::/8", "fd12::9", true],
  ["::/0", "10.0.0.1", true],
])("%s holds %s: %s", (text, address, expected) => {
  const cidr = parseCidr(text);
  expect(cidr !== undefined && cidrContains(cidr, address)).toBe(expected);
});

test.each(["10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/8/1", "10.0.0.0/", "::/129"])("%s is no range", (text) =>
  expect(parseCidr(text)).toBeUndefined(),
);

test.each([
  ["127.3.2.1", true],
  ["::1", true],
  ["[::1]", true],
  ["localhost", true],
  ["::ffff:127.0.0.1", true],
  ["10.0.0.1", false],
  ["example.com", false],
])("isLoopback %s", (host, expected) => expect(isLoopback(host)).toBe(expected));
