import { ownHeaders, plainHeaders, metadataOf, type Told } from "./answers.ts";
import type { Asked, Unspeakable } from "./ask-gateway.ts";
import type { Checked } from "./messages.ts";
import { collect, JSON_HEADERS, refusalBody } from "./teller.ts";

const OK = 0;
const PERMISSION_DENIED = 7;
const OVERWRITE = 2;

const options = (headers: Readonly<Record<string, string>>): readonly Told[] =>
  Object.entries(headers).map(([key, value]) => ({ header: { key, value }, appendAction: OVERWRITE }));

/** Whether a request may go on: only where the gateway let it go and has recorded that it did. Rejects when it breaks off. */
export const answerCheck = async (checked: Checked, asked: Asked): Promise<Told> => {
  asked.write(checked.body);
  asked.end();
  const outcome = await asked.outcome;
  const isLetGo = outcome.kind === "goes";
  if (isLetGo) {
    asked.bridge.show(200, { "content-type": "application/json" });
    asked.bridge.push(Buffer.from("{}"));
    asked.bridge.end();
  }
  const answer = await asked.answered;
  const body = await collect(answer);
  const headers = plainHeaders(answer);
  const own = ownHeaders(headers);
  const dynamicMetadata = metadataOf(headers);
  const foreign = checked.headers.map(([name]) => name).filter((name) => name.startsWith("x-parapet-"));
  if (isLetGo && answer.statusCode === 200)
    return {
      status: { code: OK },
      okResponse: {
        headers: options(own),
        headersToRemove: foreign.filter((name) => own[name] === undefined),
        responseHeadersToAdd: options(own),
      },
      dynamicMetadata,
    };
  return { ...denied(answer.statusCode ?? 500, headers, body), dynamicMetadata };
};

/** A request that never reached the gateway. */
export const refuseCheck = ({ status, message }: Unspeakable): Told =>
  denied(status, JSON_HEADERS, refusalBody(message));

const denied = (code: number, headers: Readonly<Record<string, string>>, body: Buffer): Told => ({
  status: { code: PERMISSION_DENIED, message: "denied" },
  deniedResponse: { status: { code }, headers: options(headers), body: body.toString("utf8") },
});
