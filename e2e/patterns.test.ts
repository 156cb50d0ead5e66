import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, removeFolder, routeTo, startParapet, temporaryFolder, type Started } from "./parapet-process.ts";
import { completion, sendJson, startReplayUpstream } from "./replay-upstream.ts";

/** How soon what somebody did is a finding. */
const VISIBLE_MS = 10_000;
const DAY_MS = 86_400_000;
const KEY = "pt_test_sender";

const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

const SOURCES = `
sources:
  - { id: registry, kind: mlflow, credential: "\${SENDER_KEY}" }
  - { id: kernel, kind: tetragon, credential: "\${SENDER_KEY}" }
  - { id: agents, kind: otlp, credential: "\${SENDER_KEY}" }
`;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  parapet = await startParapet({
    configuration: routeTo(upstream.url, SOURCES),
    data,
    env: { SENDER_KEY: KEY },
  });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

/** A sender is told to send again while the server starts. */
const send = (path: string, body: unknown): Promise<void> =>
  eventually(async () => {
    const { status } = await fetch(`${parapet.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    });
    if (status === 503) return undefined;
    expect([200, 202]).toContain(status);
    return true;
  }).then(() => undefined);

const findingOf = (rule: string) =>
  eventually(async () => {
    const { body } = await parapet.api("GET", `/findings?rule=${rule}`);
    return body.items?.find((one: { rule: string }) => one.rule === rule);
  }, VISIBLE_MS);

test("an account that only ever read the registry writes to it", async () => {
  const call = (ageMs: number, method: string, path: string, user: string) => ({
    time: new Date(Date.now() - ageMs).toISOString(),
    method,
    path: `/api/2.0/mlflow/${path}`,
    user,
    status: 200,
    address: "10.0.4.9",
    user_agent: "mlflow-python-client/3.3.0",
  });
  const read = "registered-models/get?name=credit-score";
  const create = "model-versions/create";
  const past = [12, 9, 5, 2, 1].flatMap((days) => [
    call(days * DAY_MS, "GET", read, "reader-bot"),
    call(days * DAY_MS, "GET", read, "trainer"),
    call(days * DAY_MS, "POST", create, "trainer"),
  ]);
  await send("/ingest/registry", past);
  await send("/ingest/registry", [call(0, "POST", create, "trainer"), call(0, "POST", create, "reader-bot")]);
  const finding = await findingOf("write-by-reader");
  expect(finding.title).toBe("user:reader-bot only ever read the registry, and now wrote to it");
  const { body } = await parapet.api("GET", "/findings?rule=write-by-reader");
  expect(body.items.filter((one: { rule: string }) => one.rule === "write-by-reader")).toHaveLength(1);
});

test("a shell in an agent's pod follows its exchange, and what preceded the shell names the exchange", async () => {
  const [namespace, pod] = ["agents", "billing-7d9f6c5b4-x2x8k"];
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const nowNs = `${Date.now()}000000`;
  await send("/otlp/v1/traces", {
    resourceSpans: [
      {
        resource: {
          attributes: [attribute("k8s.namespace.name", namespace), attribute("k8s.pod.name", pod)],
        },
        scopeSpans: [
          {
            spans: [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: "b7ad6b7169203331",
                name: "invoke_agent billing",
                kind: 1,
                startTimeUnixNano: nowNs,
                endTimeUnixNano: nowNs,
                attributes: [
                  attribute("gen_ai.operation.name", "invoke_agent"),
                  attribute("gen_ai.agent.name", "billing"),
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  const { body: key } = await parapet.api("POST", "/keys", { name: "billing", agent: "billing" });
  const client = new OpenAI({ baseURL: `${parapet.url}/v1`, apiKey: "sk-callers-own" });
  upstream.answer((_request, response) => sendJson(response, 200, completion("Run: id")));
  const { response } = await client.chat.completions
    .create(
      { model: "gpt-replay", messages: [{ role: "user", content: "Who are you on this machine?" }] },
      { headers: { "x-parapet-key": key.secret } },
    )
    .withResponse();
  const exchange = response.headers.get("x-parapet-exchange") ?? "";
  // The kernel's event must find the link of the pod that came before it.
  await eventually(async () => {
    const { body } = await parapet.api("GET", "/timeline?name=agent:billing&since=1h");
    return body.names?.some(({ name }: { name: string }) => name === `pod:${namespace}/${pod}`) &&
      body.events?.some(
        (one: { exchange?: string; kind: string }) => one.exchange === exchange && one.kind === "exchange.closed",
      )
      ? true
      : undefined;
  });
  await send("/ingest/kernel", {
    process_exec: {
      process: {
        exec_id: "e2e-1",
        pid: 4711,
        uid: 0,
        binary: "/bin/sh",
        arguments: '-c "id"',
        pod: { namespace, name: pod, container: { id: "containerd://3fe1a2b4c5d6", name: "app" }, workload: "billing" },
      },
      parent: { exec_id: "e2e-0", pid: 4700, binary: "/usr/local/bin/python", arguments: "app.py" },
    },
    node_name: "node-3",
    time: new Date().toISOString(),
  });
  const finding = await findingOf("shell-after-exchange");
  expect(finding.title).toBe("A shell followed an exchange of billing");

  const { body } = await parapet.api("GET", `/findings/${finding.id}`);
  const shells: any[] = [];
  for (const id of body.events ?? body.finding?.events ?? []) {
    const { body: preceding } = await parapet.api("GET", `/events/${id}/preceding`);
    if (preceding.event?.kind === "process.exec") shells.push(preceding);
  }
  expect(shells).toHaveLength(1);
  expect(shells[0].items.map(({ event }: { event: { exchange?: string } }) => event.exchange)).toContain(exchange);
});
