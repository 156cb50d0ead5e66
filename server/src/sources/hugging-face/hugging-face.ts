import { decodedOf, kindOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { addMessages } from "../messages.ts";
import { at, firstText, numberOf, textAt, timeOf, without, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";
import { Texts } from "../texts.ts";

const PAST: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  move: "moved",
};

const decode = (record: Fields, receivedAt: string): Decoded => {
  const action = textAt(record, "event", "action");
  const scope = textAt(record, "event", "scope");
  if (action !== undefined && scope !== undefined) return hook(record, scope, action, receivedAt);
  const audited = firstText(record["action"], record["type"]);
  if (audited !== undefined) return audit(record, audited, receivedAt);
  const path = firstText(record["path"], record["request_uri"]);
  return path === undefined
    ? notOf("Hugging Face", "event (webhook), action (audit log) or path (access log)")
    : download(record, path, receivedAt);
};

const hook = (record: Fields, scope: string, action: string, receivedAt: string): Decoded => {
  const texts = new Texts();
  // What is written in discussions is by anybody.
  addMessages(texts, at(record, "comment", "content"), "document");
  addMessages(texts, at(record, "discussion", "title"), "document");
  const author = firstText(at(record, "comment", "author", "name"), at(record, "discussion", "author", "name"));
  return decodedOf(
    {
      time: timeOf(record["timestamp"]) ?? receivedAt,
      kind: kindOf(`registry.${scope.replaceAll(".", "_")}.${PAST[action] ?? action}`),
      principal: author === undefined ? undefined : `user:${author}`,
      asset: repoOf(textAt(record, "repo", "type"), textAt(record, "repo", "name")),
      texts,
      known: { action: `${scope}.${action}` },
    },
    without(record, ["comment", "content"], ["discussion", "title"]),
  );
};

/** Entries of an organisation's audit log, as exported. */
const audit = (record: Fields, action: string, receivedAt: string): Decoded => {
  const author = firstText(
    at(record, "author", "user", "name"),
    at(record, "author", "name"),
    at(record, "user", "name"),
    record["user"],
    record["actor"],
  );
  const [scope = "", verb = ""] = action.split(".", 2);
  const isRole =
    /^(?:org|resource_group|repo)\.(?:add_user|change_role|remove_user|invite|add_users|join|change_visibility)/.test(
      action,
    );
  return decodedOf(
    {
      time: timeOf(record["createdAt"] ?? record["date"] ?? record["timestamp"]) ?? receivedAt,
      kind: isRole ? "role.change" : kindOf(`registry.${scope}.${PAST[verb] ?? verb}`),
      principal: author === undefined ? undefined : `user:${author}`,
      asset: repoOf(
        firstText(at(record, "data", "repoType"), at(record, "repo", "type")),
        firstText(at(record, "data", "repoName"), at(record, "repo", "name"), at(record, "data", "repo")),
      ),
      key: firstText(record["id"], record["_id"]),
      known: { address: firstText(record["ip"], at(record, "data", "ip")), action },
    },
    record,
  );
};

/** `/<owner>/<name>/resolve/<revision>/<file>`, also with `datasets/` before: an access log of a mirror or a proxy. */
const RESOLVE = /^\/(?:api\/)?(?:(models|datasets|spaces)\/)?([\w.-]+\/[\w.-]+)\/(?:resolve|raw)\/([^/]+)\/([^?]+)/;

const download = (record: Fields, path: string, receivedAt: string): Decoded => {
  const [, type = "models", name, revision, file] = RESOLVE.exec(path.slice(0, 2_048)) ?? [];
  const user = firstText(record["user"], record["remote_user"]);
  const status = numberOf(record["status"]);
  return decodedOf(
    {
      time: timeOf(record["time"] ?? record["timestamp"] ?? record["time_iso8601"]) ?? receivedAt,
      kind: name === undefined ? "http.request" : type === "datasets" ? "dataset.read" : "object.get",
      principal: user === undefined || user === "-" ? "anonymous" : `user:${user}`,
      asset: repoOf(type.replace(/s$/, ""), name),
      known: {
        address: firstText(record["address"], record["remote_addr"]),
        user_agent: firstText(record["user_agent"], record["http_user_agent"]),
        outcome: status === undefined ? undefined : status >= 400 ? "failure" : "success",
        bytes: numberOf(record["bytes"] ?? record["body_bytes_sent"]),
        file,
        action: firstText(record["method"], record["request_method"]),
      },
      extra: { revision },
    },
    record,
  );
};

const repoOf = (type: string | undefined, name: string | undefined): string | undefined =>
  name === undefined ? undefined : type === "dataset" ? `dataset:hf://datasets/${name}` : `repo:${name}`;

export const huggingFace = jsonSource({
  id: "hugging-face",
  title: "Hugging Face Hub",
  description:
    "Changes of repositories and their content from webhooks, an organisation's audit log, and downloads from access logs of a mirror or outgoing proxy.",
  setup: [
    "Add a webhook in the Hub's settings: the organisation or repositories to watch, target `https://parapet.example/ingest/hugging-face`, and the source's key as its secret (`X-Webhook-Secret`).",
    "Export the organisation's audit log (Enterprise) and send the file, and send your proxy's JSON access log to see who downloads what:",
    "```sh",
    'curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" --data-binary @audit-log.json http://127.0.0.1:4100/ingest/hugging-face',
    "```",
  ].join("\n"),
  reference: "https://huggingface.co/docs/hub/webhooks",
  bindings: [
    { logsource: { product: "ai", service: "identity" }, source: "hugging-face", kinds: ["role.change"] },
    { logsource: { product: "ai", service: "registry" }, source: "hugging-face" },
    { logsource: { product: "huggingface" }, source: "hugging-face" },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
