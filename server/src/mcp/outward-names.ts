import type { mcp } from "#protocols";

/** Places of a result in which a server names its own resources and tasks. */
const URI_PLACES =
  /^\/(?:result|params)(?:\/content\/\d+(?:\/resource)?|\/contents\/\d+|\/messages\/\d+\/content(?:\/resource)?)?\/uri$/;
const TASK_PLACES = /^\/(?:result|params)(?:\/task|\/_meta\/io\.modelcontextprotocol~1related-task)?\/taskId$/;

/** What stands there instead where several servers are behind one endpoint, by pointer. */
export const outwardNames = (
  { scan }: mcp.RpcMessage,
  server: string,
  namespace: mcp.Namespace,
): ReadonlyMap<string, string> => {
  const changes = new Map<string, string>();
  if (namespace.isPlain) return changes;
  for (const { pointer, value } of scan.leaves) {
    if (URI_PLACES.test(pointer)) changes.set(pointer, namespace.outwardUri({ server, name: value }));
    if (TASK_PLACES.test(pointer)) changes.set(pointer, namespace.outward({ server, name: value }));
  }
  return changes;
};
