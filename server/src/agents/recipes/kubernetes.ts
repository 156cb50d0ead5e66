import type { Recipe, RecipeInput } from "./recipe.ts";

const DNS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

const metadata = ({ name, workload }: RecipeInput, suffix = "") => ({
  name: `${name}${suffix}`,
  namespace: workload.namespace,
  labels: { "app.kubernetes.io/managed-by": "parapet" },
});

export const networkPolicy: Recipe = {
  id: "network-policy",
  file: "network-policy.yaml",
  title: "Kubernetes NetworkPolicy",
  note: "The agent reaches the gateway and names, and nobody reaches it. Hosts cannot be named here; see cilium.",
  form: "yaml",
  make: (input) => [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata(input, "-egress"),
      spec: {
        podSelector: { matchLabels: input.workload.labels },
        policyTypes: ["Ingress", "Egress"],
        ingress: [],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: input.gateway.namespace } },
                podSelector: { matchLabels: input.gateway.labels },
              },
            ],
            ports: [{ protocol: "TCP", port: input.gateway.port }],
          },
          {
            to: [
              {
                namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: "kube-system" } },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: DNS,
          },
        ],
      },
    },
  ],
};

export const ciliumPolicy: Recipe = {
  id: "cilium",
  file: "cilium-network-policy.yaml",
  title: "CiliumNetworkPolicy",
  note: "As the NetworkPolicy, and the declared hosts by name over TLS. Needs Cilium.",
  form: "yaml",
  make: (input) => [
    {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: metadata(input, "-egress"),
      spec: {
        endpointSelector: { matchLabels: input.workload.labels },
        ingress: [],
        egress: [
          {
            toEndpoints: [
              {
                matchLabels: {
                  "k8s:io.kubernetes.pod.namespace": input.gateway.namespace,
                  ...input.gateway.labels,
                },
              },
            ],
            toPorts: [{ ports: [{ port: `${input.gateway.port}`, protocol: "TCP" }] }],
          },
          {
            toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
            toPorts: [
              {
                ports: [{ port: "53", protocol: "ANY" }],
                rules: { dns: [{ matchPattern: "*" }] },
              },
            ],
          },
          ...(input.hosts.length === 0
            ? []
            : [
                {
                  toFQDNs: input.hosts.flatMap((host) => [{ matchName: host }, { matchPattern: `*.${host}` }]),
                  toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
                },
              ]),
        ],
      },
    },
  ],
};

export const serviceAccount: Recipe = {
  id: "service-account",
  file: "service-account.yaml",
  title: "Kubernetes ServiceAccount",
  note: "An identity of its own without rights and without a token in the pod; set serviceAccountName to it.",
  form: "yaml",
  make: (input) => [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadata(input),
      automountServiceAccountToken: false,
    },
  ],
};

export const kubeArmor: Recipe = {
  id: "kubearmor",
  file: "kubearmor.yaml",
  title: "KubeArmorPolicy",
  note: "Only the named programs start, only the named folders are written, no raw sockets. Needs KubeArmor with the default posture `block`.",
  form: "yaml",
  make: (input) => [
    {
      apiVersion: "security.kubearmor.com/v1",
      kind: "KubeArmorPolicy",
      metadata: metadata(input, "-scope"),
      spec: {
        severity: 7,
        tags: ["parapet", input.name],
        message: `${input.name} left its declared scope`,
        selector: { matchLabels: input.workload.labels },
        process: { matchPaths: input.workload.programs.map((path) => ({ path })) },
        file: {
          matchDirectories: [
            { dir: "/", recursive: true, readOnly: true },
            ...input.workload.writes.map((folder) => ({ dir: asFolder(folder), recursive: true })),
          ],
        },
        network: { matchProtocols: [{ protocol: "tcp" }, { protocol: "udp" }] },
        action: "Allow",
      },
    },
  ],
};

const asFolder = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

export const tetragon: Recipe = {
  id: "tetragon",
  file: "tetragon.yaml",
  title: "Tetragon TracingPolicyNamespaced",
  note: "Kills a process that is none of the named programs, and one that connects to a port other than the gateway's, 443 or 53. Needs Tetragon; try it without the actions first.",
  form: "yaml",
  make: (input) => {
    const ports = [input.gateway.port, 53, ...(input.hosts.length === 0 ? [] : [443])];
    return [
      {
        apiVersion: "cilium.io/v1alpha1",
        kind: "TracingPolicyNamespaced",
        metadata: metadata(input, "-scope"),
        spec: {
          podSelector: { matchLabels: input.workload.labels },
          kprobes: [
            {
              call: "security_bprm_check",
              syscall: false,
              message: `${input.name} starts a program outside its scope`,
              args: [{ index: 0, type: "linux_binprm" }],
              selectors: [
                {
                  matchArgs: [{ index: 0, operator: "NotEqual", values: input.workload.programs }],
                  matchActions: [{ action: "Sigkill" }],
                },
              ],
            },
            {
              call: "tcp_connect",
              syscall: false,
              message: `${input.name} connects outside its scope`,
              args: [{ index: 0, type: "sock" }],
              selectors: [
                {
                  matchArgs: [{ index: 0, operator: "NotDPort", values: ports.map(String) }],
                  matchActions: [{ action: "Sigkill" }],
                },
              ],
            },
          ],
        },
      },
    ];
  },
};
