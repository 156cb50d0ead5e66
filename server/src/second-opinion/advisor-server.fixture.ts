import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { SecondOpinionConfiguration } from "@parapet/model";
import type { Clock } from "#platform";
import { openAdvisor } from "./open-advisor.ts";
import { createSecondOpinion, type SecondOpinion } from "./second-opinion.ts";

export interface AskedOnce {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Script = (asked: AskedOnce, response: ServerResponse) => void;

export interface AdvisorServer {
  readonly url: string;
  readonly asked: AskedOnce[];
  /** What the next questions are answered with. */
  script: Script;
  readonly close: () => Promise<void>;
}

/** A real HTTP server that answers as it is told. */
export const startAdvisorServer = async (script: Script): Promise<AdvisorServer> => {
  const asked: AskedOnce[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces).toString("utf8") };
      asked.push(one);
      made.script(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const made: AdvisorServer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    script,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
};

export const json =
  (value: unknown, status = 200): Script =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

export const plain =
  (text: string): Script =>
  (_, response) =>
    response.end(text);

/** What a language model would have said. */
export const saying = (content: string, more: Readonly<Record<string, unknown>> = {}): Script =>
  json({ choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content }, ...more }] });

export const never: Script = () => undefined;

/** Opens what the configuration names; throws where that is refused. */
export const openOpinion = (
  settings: Readonly<Record<string, unknown>>,
  clock: Clock,
  credential?: string,
): SecondOpinion => {
  const parsed = SecondOpinionConfiguration.parse(settings);
  const opened = openAdvisor(parsed, credential, ".");
  if (!opened.ok) throw new Error(opened.message);
  return createSecondOpinion(parsed, opened.advisor, { clock });
};
