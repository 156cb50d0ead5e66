/**
 * What is planted in the traffic: attacks, and what looks like one. A third of the attacks is frozen: whoever writes
 * rules does not read `frozen/`, and its figures stand apart.
 */
import { FROZEN_CLOUD } from "../frozen/cloud-and-identity.ts";
import { FROZEN_CLUSTER } from "../frozen/cluster-and-data.ts";
import { FROZEN_PROMPTS } from "../frozen/prompts-and-models.ts";
import { IDENTITY_SCENARIOS } from "./identity.ts";
import { INFRASTRUCTURE_SCENARIOS } from "./infrastructure.ts";
import { MODEL_SCENARIOS } from "./models.ts";
import { PROMPT_SCENARIOS } from "./prompts.ts";
import { REGISTRY_SCENARIOS } from "./registry.ts";
import type { Scenario } from "./scenario.ts";

const OPEN: readonly Scenario[] = [
  ...PROMPT_SCENARIOS,
  ...IDENTITY_SCENARIOS,
  ...REGISTRY_SCENARIOS,
  ...MODEL_SCENARIOS,
  ...INFRASTRUCTURE_SCENARIOS,
];
const FROZEN: readonly Scenario[] = [...FROZEN_CLOUD, ...FROZEN_CLUSTER, ...FROZEN_PROMPTS];

export const SCENARIOS: readonly Scenario[] = [...OPEN, ...FROZEN];

const frozen = new Set(FROZEN.map(({ id }) => id));
export const isFrozen = (id: string): boolean => frozen.has(id);
export { EPISODES } from "./episodes.ts";
export { FAMILIES } from "./scenario.ts";
