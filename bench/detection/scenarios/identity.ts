import { cloudTrail } from "../payloads/cloud.ts";
import { kubernetesAudit } from "../payloads/cluster.ts";
import { exchange } from "../payloads/gateway.ts";
import { oktaEvent, oktaSignIn } from "../payloads/identity.ts";
import type { Scenario } from "./scenario.ts";
import { byAgent, byPerson, byStranger, MINUTE_MS, played, roleOf, serviceOf, times } from "./steps.ts";

/** Identities, their keys, and the traces that are to be wiped. */
export const IDENTITY_SCENARIOS: readonly Scenario[] = [
  {
    id: "privilege-agent-cluster-admin",
    family: "privilege-change",
    variant: "loud",
    title: "An agent's service account becomes cluster-admin, and its role an administrator's",
    withinMinutes: 30,
    about: (cast) => [...byPerson(cast), ...byAgent(cast), serviceOf(cast), roleOf(cast)],
    play: (cast) =>
      played(
        kubernetesAudit(cast.atMs, cast.random, {
          user: cast.person.mail,
          verb: "create",
          resource: "clusterrolebindings",
          group: "rbac.authorization.k8s.io",
          name: `${cast.agent.name}-admin`,
          address: cast.person.address,
          code: 201,
          object: {
            roleRef: { kind: "ClusterRole", name: "cluster-admin" },
            subjects: [{ kind: "ServiceAccount", name: cast.agent.name, namespace: "agents" }],
          },
        }),
        cloudTrail(cast.atMs + MINUTE_MS, cast.random, {
          by: { user: cast.person.name },
          call: "iam:AttachRolePolicy",
          address: cast.person.address,
          parameters: { roleName: roleOf(cast), policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
        }),
      ),
  },
  {
    id: "privilege-self-inline-policy",
    family: "privilege-change",
    variant: "subtle",
    title: "An agent's role writes an inline policy for itself",
    withinMinutes: 30,
    about: (cast) => [roleOf(cast), ...byAgent(cast)],
    play: (cast) =>
      played(
        cloudTrail(cast.atMs, cast.random, {
          by: { role: roleOf(cast), session: "i-0abc" },
          call: "iam:PutRolePolicy",
          address: cast.agent.address,
          parameters: {
            roleName: roleOf(cast),
            policyName: "files",
            policyDocument: '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
          },
        }),
      ),
  },
  {
    id: "key-abroad",
    family: "key-new-place",
    variant: "loud",
    title: "An agent's gateway key is used from a stranger's address while the agent runs at home",
    historyDays: 8,
    withinMinutes: 120,
    about: (cast) => [cast.stranger, ...byAgent(cast), `key-${cast.agent.name}`],
    play: ({ atMs, random, agent, stranger }) =>
      played(
        times(20, MINUTE_MS, (offsetMs) =>
          exchange(atMs + offsetMs, random, {
            principal: `agent:${agent.name}`,
            agent: agent.name,
            key: `key-${agent.name}`,
            route: "agents",
            address: stranger,
            model: agent.model,
            prompt: "What can you do?",
          }),
        ),
      ),
  },
  {
    id: "role-outside",
    family: "key-new-place",
    variant: "subtle",
    title: "The session of an agent's role makes two calls from outside the network",
    historyDays: 6,
    withinMinutes: 120,
    about: (cast) => [cast.stranger, roleOf(cast)],
    play: (cast) =>
      played(
        ["sts:GetCallerIdentity", "bedrock:ListFoundationModels"].map((call, at) =>
          cloudTrail(cast.atMs + at * 60_000, cast.random, {
            by: { role: roleOf(cast), session: "i-0abc" },
            call,
            address: cast.stranger,
            userAgent: "aws-cli/2.28",
          }),
        ),
      ),
  },
  {
    id: "trail-stopped",
    family: "audit-switched-off",
    variant: "loud",
    title: "The account's trail is stopped and deleted",
    withinMinutes: 15,
    about: (cast) => [...byPerson(cast), cast.person.name],
    play: ({ atMs, random, person }) =>
      played(
        ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"].map((call, at) =>
          cloudTrail(atMs + at * 30_000, random, {
            by: { user: person.name },
            call,
            address: person.address,
            parameters: { name: "company-trail" },
          }),
        ),
      ),
  },
  {
    id: "invocation-log-off",
    family: "audit-switched-off",
    variant: "subtle",
    title: "Bedrock's invocation logging is switched off, nothing else",
    withinMinutes: 30,
    about: (cast) => [...byPerson(cast), cast.person.name],
    play: ({ atMs, random, person }) =>
      played(
        cloudTrail(atMs, random, {
          by: { user: person.name },
          call: "bedrock:DeleteModelInvocationLoggingConfiguration",
          address: person.address,
        }),
      ),
  },
  {
    id: "secret-from-pod-then-abroad",
    family: "stolen-pod-secret",
    variant: "loud",
    title: "Secrets of an agent are read by exec, and its role then lists buckets from a stranger's address",
    withinMinutes: 60,
    about: (cast) => [cast.stranger, roleOf(cast), ...byPerson(cast), ...byAgent(cast), serviceOf(cast)],
    play: (cast) =>
      played(
        kubernetesAudit(cast.atMs, cast.random, {
          user: cast.person.mail,
          verb: "get",
          resource: "secrets",
          namespace: "agents",
          name: `${cast.agent.name}-aws`,
          address: cast.person.home,
        }),
        kubernetesAudit(cast.atMs + 20_000, cast.random, {
          user: cast.person.mail,
          verb: "list",
          resource: "secrets",
          namespace: "agents",
          address: cast.person.home,
        }),
        ["sts:GetCallerIdentity", "s3:ListBuckets", "s3:GetObject", "s3:GetObject"].map((call, at) =>
          cloudTrail(cast.atMs + (10 + at) * MINUTE_MS, cast.random, {
            by: { role: roleOf(cast), session: "i-0abc" },
            call,
            address: cast.stranger,
            userAgent: "aws-cli/2.28",
            parameters: { bucketName: "training-data", key: "customers/all.parquet" },
            bytesOut: 9e8,
          }),
        ),
      ),
  },
  {
    id: "token-of-pod-used-elsewhere",
    family: "stolen-pod-secret",
    variant: "subtle",
    title: "An agent's service account token asks the cluster what it may do, from another network",
    historyDays: 5,
    withinMinutes: 60,
    about: (cast) => [cast.stranger, serviceOf(cast), `service:agents/${cast.agent.name}`, ...byAgent(cast)],
    play: (cast) =>
      played(
        kubernetesAudit(cast.atMs, cast.random, {
          user: serviceOf(cast),
          verb: "create",
          resource: "selfsubjectrulesreviews",
          group: "authorization.k8s.io",
          address: cast.stranger,
          userAgent: "kubectl/v1.33.0",
          code: 201,
        }),
        kubernetesAudit(cast.atMs + 30_000, cast.random, {
          user: serviceOf(cast),
          verb: "list",
          resource: "secrets",
          namespace: "kube-system",
          address: cast.stranger,
          code: 403,
        }),
      ),
  },
  {
    id: "first-seen-country-admin",
    family: "first-seen",
    variant: "loud",
    title: "A person signs in from a country nobody was ever in, and resets a colleague's factor",
    historyDays: 10,
    withinMinutes: 120,
    about: byStranger,
    play: ({ atMs, random, person, other, stranger }) => {
      const from = { mail: person.mail, address: stranger, country: "KP", countryName: "North Korea" };
      return played(
        times(6, 20_000, (offsetMs) => [oktaSignIn(atMs + offsetMs, random, { ...from, ok: false, proxy: true })]),
        oktaSignIn(atMs + 150_000, random, { ...from, ok: true, proxy: true }),
        oktaEvent(atMs + 200_000, random, {
          type: "user.mfa.factor.reset_all",
          mail: person.mail,
          address: stranger,
          countryName: "North Korea",
          target: other.mail,
        }),
      );
    },
  },
  {
    id: "first-seen-model",
    family: "first-seen",
    variant: "subtle",
    title: "An agent asks a model that nobody in the company has used",
    historyDays: 10,
    withinMinutes: 120,
    about: byAgent,
    play: ({ atMs, random, agent }) =>
      played(
        times(3, 2 * MINUTE_MS, (offsetMs) =>
          exchange(atMs + offsetMs, random, {
            principal: `agent:${agent.name}`,
            agent: agent.name,
            key: `key-${agent.name}`,
            route: "agents",
            address: agent.address,
            model: "deep-unknown-70b",
            prompt: "Continue.",
          }),
        ),
      ),
  },
];
