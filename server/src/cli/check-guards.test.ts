import { Configuration } from "@parapet/model";
import { expect, test } from "vitest";
import { checkGuards } from "./check-guards.ts";

const routes = [{ id: "envoy", path: "/guard/envoy/v1", protocol: "openai", guard: "ext-proc" }];

test.each([
  ["nothing", undefined, []],
  ["a prefix that leads to a guard", { path_prefix: "/guard/envoy" }, []],
  ["a prefix that leads to none", { path_prefix: "/guards" }, ["leads to no guard's route"]],
  ["an outer address without TLS", { host: "0.0.0.0" }, ["without TLS"]],
  ["files that are not there", { tls: { certificate: "a.pem", key: "b.pem" } }, ["tls.certificate: ENOENT"]],
])("of %s it says %j", (_, settings, said) => {
  const guards = settings === undefined ? {} : { grpc: { port: 4101, ...settings } };
  const configuration = Configuration.parse({ routes, guards });
  const found = checkGuards({ configuration, file: undefined, base: "/nonexistent" });
  expect(found.map(({ message }) => message)).toEqual(said.map((part) => expect.stringContaining(part)));
});
