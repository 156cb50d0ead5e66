import {
  AgentScope,
  Approval,
  Finding,
  FindingException,
  RuleChange,
  ToolPin,
  type Mode,
  type ScopeChange,
} from "@parapet/model";
import {
  type ApprovalDecision,
  BehaviourAccepted,
  BacktestAnswer,
  CurrentUser,
  DeadLetterDiscard,
  DeadLetterReplay,
  DemoRun,
  HuntAnswer,
  type HuntRequest,
  InclusionProof,
  KeyCreated,
  PolicyCheckResult,
  PolicyTestResult,
  SelfTestStarted,
  SubjectErased,
  User,
  UserCreated,
  VerifyResult,
  AgentRecipe,
  ScopeComparison,
  ScopeProposal,
  type FindingChange,
  type ScopeConfirmation,
  type KeyCreate,
  type ToolApproval,
  RuleComparison,
  type NewException,
  type NewRuleChange,
} from "@parapet/model/api";
import { z } from "zod";
import { request } from "./client.ts";

/** Everything that asks the server to do something; answers are {@link Result} values. */
const anything = z.unknown();
const at = encodeURIComponent;

export const signIn = (token: string) => request("POST", "/session", CurrentUser, { token });
export const signOut = () => request("DELETE", "/session", anything);
export const runDemoStep = (step: string) => request("POST", `/demo/${at(step)}`, DemoRun);
export const changeFinding = (id: string, change: FindingChange) =>
  request("PATCH", `/findings/${at(id)}`, Finding, change);
export const decideApproval = (id: string, decision: ApprovalDecision) =>
  request("POST", `/approvals/${at(id)}/decision`, Approval, decision);
export const decideByLink = (token: string, decision: ApprovalDecision) =>
  request("POST", "/approval-links/decision", Approval, { token, ...decision });
export const approveTool = (approval: ToolApproval) => request("POST", "/tools/approve", ToolPin, approval);
export const compareRule = (text: string, since: string) =>
  request("POST", "/rules/compare", RuleComparison, { text, since });
export const proposeRule = (change: z.input<typeof NewRuleChange>) =>
  request("POST", "/rule-changes", RuleChange, change);
export const decideRuleChange = (id: string, decision: "promote" | "withdraw") =>
  request("POST", `/rule-changes/${at(id)}/${decision}`, RuleChange);
export const createException = (exception: z.input<typeof NewException>) =>
  request("POST", "/exceptions", FindingException, exception);
export const deleteException = (id: string) => request("DELETE", `/exceptions/${at(id)}`, anything);
export const checkPolicy = (text: string, signal: AbortSignal) =>
  request("POST", "/policies/check", PolicyCheckResult, { text }, signal);
export const testPolicies = () => request("POST", "/policies/test", PolicyTestResult);
export const backtestRule = (key: string, since: string) =>
  request("POST", `/rules/${at(key)}/backtest`, BacktestAnswer, { since });
export const hunt = (asked: z.input<typeof HuntRequest>, signal?: AbortSignal) =>
  request("POST", "/hunt", HuntAnswer, asked, signal);
export const changeMode = (route: string, mode: Mode) =>
  request("PUT", `/routes/${at(route)}/mode`, anything, { mode });
export const createKey = (key: z.input<typeof KeyCreate>) => request("POST", "/keys", KeyCreated, key);
export const rotateKey = (id: string, overlapSeconds: number) =>
  request("POST", `/keys/${at(id)}/rotate`, KeyCreated, { overlapSeconds });
export const revokeKey = (id: string) => request("DELETE", `/keys/${at(id)}`, anything);
export const fetchProof = (index: number) => request("GET", `/evidence/${index}/proof`, InclusionProof);
export const verifyLedger = () => request("POST", "/evidence/verify", VerifyResult);
export const eraseSubject = (subject: string) => request("POST", "/subjects/erase", SubjectErased, { subject });
export const startSelfTest = () => request("POST", "/self-test/runs", SelfTestStarted);
export const acceptBehaviour = (dimension: string, id: string) =>
  request("POST", `/behaviour/${at(dimension)}/${at(id)}/accept`, BehaviourAccepted);
export const proposeScope = (agent: string, days: string) =>
  request("GET", `/agents/${at(agent)}/proposal?days=${at(days)}`, ScopeProposal);
export const compareScope = (agent: string, scope: ScopeChange, days: number) =>
  request("POST", `/agents/${at(agent)}/compare`, ScopeComparison, { scope, days });
export const confirmScope = (agent: string, confirmation: ScopeConfirmation) =>
  request("POST", `/agents/${at(agent)}/scopes`, AgentScope, confirmation);
export const withdrawScope = (agent: string, reason: string) =>
  request("POST", `/agents/${at(agent)}/withdraw`, AgentScope, { reason });
export const fetchRecipe = (agent: string, recipe: string) =>
  request("GET", `/agents/${at(agent)}/recipes/${at(recipe)}`, AgentRecipe);
export const replayDeadLetters = (source: string) =>
  request("POST", `/sources/${at(source)}/dead-letters/replay`, DeadLetterReplay, {});
export const discardDeadLetters = (source: string) =>
  request("POST", `/sources/${at(source)}/dead-letters/discard`, DeadLetterDiscard, {});
export const createUser = (user: { readonly name: string; readonly role: string }) =>
  request("POST", "/users", UserCreated, user);
export const setUserDisabled = (name: string, disabled: boolean) =>
  request("PATCH", `/users/${at(name)}`, User, { disabled });
export const writeCredential = (name: string, value: string) =>
  request("PUT", `/credentials/${at(name)}`, anything, { value });
