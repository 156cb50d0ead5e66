import { AgentDeclaration } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { RECIPES, recipeInput, writeRecipe, type RecipeInput } from "./index.ts";
import { kubernetesName } from "./recipe.ts";

const agent = AgentDeclaration.parse({
  id: "Mail Assistant",
  tools: ["search_mail"],
  hosts: ["api.fern.example"],
  workload: {
    namespace: "agents",
    labels: { app: "mail" },
    programs: ["/usr/local/bin/node"],
    writes: ["/tmp", "/data"],
  },
});
const inputOf = (declared: AgentDeclaration): RecipeInput => {
  if (declared.workload === undefined) throw new Error("the agent has a workload");
  return recipeInput(declared, declared.workload, { namespace: "parapet", labels: { app: "parapet" }, port: 4100 });
};
const textOf = (id: string, input: RecipeInput): string =>
  RECIPES.filter((one) => one.id === id)
    .map((one) => writeRecipe(one, input))
    .join("");

// The parts of the published schemas that the recipes use, as their documentation gives them.
const Labels = z.record(z.string(), z.string());
const Selector = z.strictObject({ matchLabels: Labels });
const Metadata = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  namespace: z.string(),
  labels: Labels,
});
const NetworkPeer = z.strictObject({ namespaceSelector: Selector, podSelector: Selector });
const kinds: Readonly<Record<string, z.ZodType>> = {
  "network-policy": z.strictObject({
    apiVersion: z.literal("networking.k8s.io/v1"),
    kind: z.literal("NetworkPolicy"),
    metadata: Metadata,
    spec: z.strictObject({
      podSelector: Selector,
      policyTypes: z.tuple([z.literal("Ingress"), z.literal("Egress")]),
      ingress: z.array(z.never()),
      egress: z.array(
        z.strictObject({
          to: z.array(NetworkPeer).min(1),
          ports: z.array(z.strictObject({ protocol: z.enum(["TCP", "UDP", "SCTP"]), port: z.int() })).min(1),
        }),
      ),
    }),
  }),
  cilium: z.strictObject({
    apiVersion: z.literal("cilium.io/v2"),
    kind: z.literal("CiliumNetworkPolicy"),
    metadata: Metadata,
    spec: z.strictObject({
      endpointSelector: Selector,
      ingress: z.array(z.never()),
      egress: z.array(
        z.strictObject({
          toEndpoints: z.array(Selector).optional(),
          toFQDNs: z
            .array(z.union([z.strictObject({ matchName: z.string() }), z.strictObject({ matchPattern: z.string() })]))
            .optional(),
          toPorts: z.array(
            z.strictObject({
              ports: z.array(z.strictObject({ port: z.string(), protocol: z.enum(["TCP", "UDP", "ANY"]) })),
              rules: z.strictObject({ dns: z.array(z.strictObject({ matchPattern: z.string() })) }).optional(),
            }),
          ),
        }),
      ),
    }),
  }),
  "service-account": z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("ServiceAccount"),
    metadata: Metadata,
    automountServiceAccountToken: z.literal(false),
  }),
  kubearmor: z.strictObject({
    apiVersion: z.literal("security.kubearmor.com/v1"),
    kind: z.literal("KubeArmorPolicy"),
    metadata: Metadata,
    spec: z.strictObject({
      severity: z.int().min(1).max(10),
      tags: z.array(z.string()),
      message: z.string(),
      selector: Selector,
      process: z.strictObject({ matchPaths: z.array(z.strictObject({ path: z.string().startsWith("/") })).min(1) }),
      file: z.strictObject({
        matchDirectories: z.array(
          z.strictObject({
            dir: z.string().startsWith("/").endsWith("/"),
            recursive: z.boolean(),
            readOnly: z.boolean().optional(),
          }),
        ),
      }),
      network: z.strictObject({
        matchProtocols: z.array(z.strictObject({ protocol: z.enum(["tcp", "udp", "icmp", "raw"]) })),
      }),
      action: z.enum(["Allow", "Audit", "Block"]),
    }),
  }),
  tetragon: z.strictObject({
    apiVersion: z.literal("cilium.io/v1alpha1"),
    kind: z.literal("TracingPolicyNamespaced"),
    metadata: Metadata,
    spec: z.strictObject({
      podSelector: Selector,
      kprobes: z.array(
        z.strictObject({
          call: z.string(),
          syscall: z.boolean(),
          message: z.string(),
          args: z.array(z.strictObject({ index: z.int().min(0).max(4), type: z.enum(["linux_binprm", "sock"]) })),
          selectors: z.array(
            z.strictObject({
              matchArgs: z.array(
                z.strictObject({
                  index: z.int(),
                  operator: z.enum(["NotEqual", "NotDPort"]),
                  values: z.array(z.string()).min(1),
                }),
              ),
              matchActions: z.array(z.strictObject({ action: z.literal("Sigkill") })),
            }),
          ),
        }),
      ),
    }),
  }),
  seccomp: z.strictObject({
    defaultAction: z.literal("SCMP_ACT_ALLOW"),
    architectures: z.array(z.string().startsWith("SCMP_ARCH_")),
    syscalls: z.array(
      z.strictObject({
        names: z.array(z.string().regex(/^[a-z0-9_]+$/)),
        action: z.literal("SCMP_ACT_ERRNO"),
        errnoRet: z.int(),
      }),
    ),
  }),
};

describe("a recipe", () => {
  test.each(Object.keys(kinds))("%s is one valid document of its kind", (id) => {
    const documents = parseAllDocuments(textOf(id, inputOf(agent)));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents.length).toBe(1);
    const [first] = documents;
    expect(kinds[id]?.safeParse(first?.toJS()).error).toBeUndefined();
  });

  test("reaches the gateway and the declared hosts, and without hosts the gateway alone", () => {
    const alone = inputOf({ ...agent, hosts: [] });
    expect(textOf("cilium", inputOf(agent))).toContain("matchName: api.fern.example");
    expect(textOf("cilium", alone)).not.toContain("toFQDNs");
    expect(textOf("tetragon", inputOf(agent))).toContain('"443"');
    expect(textOf("tetragon", alone)).not.toContain('"443"');
  });

  test("of a container drops every right and writes only where it may", () => {
    const args = textOf("container", inputOf(agent)).trim().split("\n");
    expect(args).toContain("--cap-drop=ALL");
    expect(args).toContain("--read-only");
    expect(args.filter((one) => one.startsWith("--tmpfs=")).length).toBe(2);
    expect(args.at(-1)).toBe("agent");
  });
});

test.each([
  ["Mail Assistant", "mail-assistant"],
  ["  Ünïcode_9 ", "unicode-9"],
  ["日本", "agent"],
  ["x".repeat(90), "x".repeat(50)],
])("the agent %s is %s in Kubernetes", (id, name) => {
  expect(kubernetesName(id)).toBe(name);
});

test.each([
  [{ labels: {} }, "name at least one label"],
  [{ labels: { app: "a b" } }, "is no label"],
  [{ programs: ["node"] }, "is a path from /"],
  [{ programs: ["/usr/*"] }, "is a path from /"],
  [{ namespace: "a\nb" }, "small letters"],
  [{ user: 0 }, ">=1"],
])("a workload with %j is refused", (rest, message) => {
  const read = AgentDeclaration.safeParse({ ...agent, workload: { ...agent.workload, ...rest } });
  expect(read.success ? "" : read.error.message).toContain(message);
});
