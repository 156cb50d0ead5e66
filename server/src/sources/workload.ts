/** Letters and digits of the names that Kubernetes makes up (`k8s.io/apimachinery/pkg/util/rand`). */
const MADE_UP = "[bcdfghjklmnpqrstvwxz2456789]";
const REPLICA_SET = new RegExp(`^(.+)-${MADE_UP}{8,10}$`);
const POD = new RegExp(`^(.+)-${MADE_UP}{8,10}-${MADE_UP}{5}$`);

/** What a sensor knows of where something ran. */
export interface Place {
  readonly namespace: string | undefined;
  /** Name of the deployment, stateful set, daemon set or job. */
  readonly owner?: string | undefined;
  readonly replicaSet?: string | undefined;
  readonly pod?: string | undefined;
}

/**
 * `namespace/name` of the workload, the same from whichever sensor: where only a replica set or a pod is known, the
 * deployment's name is what stands before the parts that Kubernetes made up.
 */
export const workloadOf = ({ namespace, owner, replicaSet, pod }: Place): string | undefined => {
  const name = owner ?? nameIn(REPLICA_SET, replicaSet) ?? replicaSet ?? nameIn(POD, pod);
  return name === undefined || namespace === undefined ? undefined : `${namespace}/${name}`;
};

const nameIn = (pattern: RegExp, text: string | undefined): string | undefined =>
  text === undefined || text.length > 253 ? undefined : pattern.exec(text)?.[1];
