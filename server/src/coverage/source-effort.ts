/** What it takes to connect a source, by its id: 1 a setting of a program, 2 an agent or a daemon, 3 a cloud or cluster. */
const EFFORT: Readonly<Record<string, 1 | 2 | 3>> = {
  gateway: 1,
  audit: 1,
  json: 1,
  otlp: 1,
  litellm: 1,
  langfuse: 1,
  predictions: 1,
  mlflow: 1,
  "hugging-face": 1,
  qdrant: 2,
  postgresql: 2,
  falco: 2,
  tetragon: 2,
  kubearmor: 2,
};

/** Sources that are not named, clouds and identity providers among them, take somebody else's permission: 3. */
export const effortOf = (source: string): number => EFFORT[source] ?? 3;
