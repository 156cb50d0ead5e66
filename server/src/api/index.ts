/**
 * The management API under /api/v1: what the console, the command line and other programs use.
 *
 * Every operation is one `endpoint` object; routing, roles, parsing, audit entries and the OpenAPI
 * document are made from it. Invariants: authentication comes before any query; every change leaves an
 * audit entry; a caller sees its own tenant only.
 */
import { agentScopeEndpoints } from "./agent-scopes.ts";
import { agentEndpoints } from "./agents.ts";
import { approvalEndpoints } from "./approvals.ts";
import { coverageEndpoints } from "./coverage.ts";
import { behaviourEndpoints } from "./behaviour.ts";
import { evidenceEndpoints } from "./evidence.ts";
import { exchangeEndpoints } from "./exchanges.ts";
import { findingEndpoints } from "./findings.ts";
import { keyEndpoints } from "./keys.ts";
import { policyEndpoints } from "./policies.ts";
import { ruleChangeEndpoints } from "./rule-changes.ts";
import { ruleEndpoints } from "./rules.ts";
import { selfTestEndpoints } from "./self-test.ts";
import { settingsEndpoints } from "./settings.ts";
import { timelineEndpoints } from "./timeline.ts";
import { toolPinEndpoints } from "./tool-pins.ts";
import { sourceEndpoints } from "./sources.ts";
import type { MountedEndpoint } from "./endpoint.ts";

/** Every operation, one line a resource. */
export const ENDPOINTS: readonly MountedEndpoint[] = [
  ...exchangeEndpoints,
  ...findingEndpoints,
  ...approvalEndpoints,
  ...toolPinEndpoints,
  ...policyEndpoints,
  ...keyEndpoints,
  ...evidenceEndpoints,
  ...settingsEndpoints,
  ...selfTestEndpoints,
  ...timelineEndpoints,
  ...coverageEndpoints,
  ...sourceEndpoints,
  ...behaviourEndpoints,
  ...ruleEndpoints,
  ...ruleChangeEndpoints,
  ...agentEndpoints,
  ...agentScopeEndpoints,
];

export { createApi, type Api } from "./api.ts";
export { confirmedScopes, forgetInScopes } from "./scope-notes.ts";
export { changeMarks, promotedTexts, readRuleChanges } from "./read-rule-changes.ts";
export { openApiDocument } from "./openapi.ts";
export { answerBacktest } from "./answer-backtest.ts";
export { answerHunt, type HuntTools } from "./answer-hunt.ts";
export type { ApiTools, AuditEntry, PolicyState, RuleState } from "./tools.ts";
