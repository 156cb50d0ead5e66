/**
 * Guarantee: on a full disk nothing happens without evidence. Routes that require it answer 503 at once and recover
 * by themselves; best-effort routes go on, and what they lost is counted and becomes an event.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat, type Posted } from "./raw-http.ts";
import { completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const data = temporaryFolder();
const spool = join(data, "store", "spool");
const filler = join(spool, "filler");
mkdirSync(spool, { recursive: true });
const mounted =
  process.platform === "linux" && spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", spool]).status === 0;
if (!mounted) {
  removeFolder(data);
  console.warn("Left out: full disk. It needs the right to mount a small tmpfs (root on Linux).");
}

const fill = (): void => {
  const file = openSync(filler, "w");
  try {
    for (let size = 64 * 1024; size >= 1;) {
      try {
        writeSync(file, Buffer.alloc(size, 1));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
};

describe.skipIf(!mounted)("a full disk", () => {
  let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
  let parapet: Started;

  beforeAll(async () => {
    upstream = await startReplayUpstream();
    const routes = [
      { id: "required", path: "/required", upstream: upstream.url },
      { id: "best-effort", path: "/best-effort", upstream: upstream.url, evidence: "best-effort" },
    ];
    parapet = await startParapet({ configuration: configurationOf(routes), data });
  });
  afterAll(async () => {
    await parapet.stop();
    await upstream.close();
    spawnSync("umount", [spool]);
    removeFolder(data);
  });

  const ask = (route: string, more: Record<string, unknown> = {}): Promise<Posted> =>
    chat(`${parapet.url}/${route}`, "Hello. ".repeat(3_000), more);
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)`, "m").exec(await (await fetch(`${parapet.url}/metrics`)).text())?.[1]);
  const stateOf = async (answer: Posted): Promise<string | undefined> => {
    const { status, body } = await parapet.api("GET", `/exchanges/${String(answer.headers["x-parapet-exchange"])}`);
    return status === 200 && body.state !== "open" ? body.state : undefined;
  };

  test("required evidence answers 503, best effort goes on, and both recover without a restart", async () => {
    expect((await ask("required")).status).toBe(200);
    const streamed = ask("required", { stream: true });
    let finishStream = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finishStream = resolve;
    });
    upstream.answer(async (_request, response) => {
      const words = textChunks("Words before the disk was full and after it.");
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const one of words.slice(0, 6)) response.write(`data: ${JSON.stringify(one)}\n\n`);
      await held;
      for (const one of words.slice(6)) response.write(`data: ${JSON.stringify(one)}\n\n`);
      response.end("data: [DONE]\n\n");
    });
    await eventually(async () =>
      (await metric("parapet_spool_pending")) === 0 && upstream.received.length >= 2 ? true : undefined,
    );
    fill();
    upstream.answer((request, response) => {
      if (JSON.parse(request.body).stream === true) return sendStream(response, textChunks("Still here."));
      sendJson(response, 200, completion("Still here."));
      return undefined;
    });
    const before = upstream.received.length;

    const refused = await eventually(async () => {
      const answer = await ask("required");
      return answer.status === 200 ? undefined : answer;
    });
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBeDefined();
    expect(JSON.parse(refused.text).error.code).toBe("evidence_unavailable");
    const asked = upstream.received.length;
    for (let turn = 0; turn < 5; turn++) expect((await ask("required")).status).toBe(503);
    // What cannot be recorded never reaches the model.
    expect(upstream.received.length).toBe(asked);
    expect(asked - before).toBeLessThan(200);

    finishStream();
    const broken = await streamed;
    expect(broken.text.endsWith("data: [DONE]\n\n") && !broken.text.includes('"error"')).toBe(false);

    for (let turn = 0; turn < 3; turn++) expect((await ask("best-effort", { stream: turn === 0 })).status).toBe(200);
    expect(await metric("parapet_evidence_lost_total")).toBeGreaterThan(0);

    rmSync(filler);
    await eventually(async () => ((await ask("required", { stream: true })).status === 200 ? true : undefined), 10_000);
    expect(await eventually(() => stateOf(broken))).toBe("refused");
    const lost = await eventually(async () => {
      const { body } = await parapet.api("GET", "/events?source=audit&limit=100");
      return body.items.find(({ kind }: { kind: string }) => kind === "evidence.lost");
    });
    expect(lost.body.detail.records).toBeGreaterThan(0);
    expect((await parapet.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
  });
});
