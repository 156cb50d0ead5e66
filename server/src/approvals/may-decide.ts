import { includesRole, type Approval, type Role } from "@parapet/model";

/** Who wants to decide. */
export interface Decider {
  readonly name: string;
  readonly role: Role;
  /** Whether it is a person who signed in, and not whoever may open the socket in the data directory. */
  readonly isKnown: boolean;
}

export type MayDecide = { readonly ok: true } | { readonly ok: false; readonly why: Why; readonly reason: string };
type Why = "role" | "unknown" | "requester" | "not-approver";

const same = (left: string, right: string): boolean =>
  left.normalize("NFKC").trim().toLowerCase() === right.normalize("NFKC").trim().toLowerCase();

const NAME = /^(?:user|agent|service|key):(.*)$/s;

/** Everybody who asked: the principal, the user behind it, and the agent that acts for the user. */
const requestersOf = ({ principal, user, agent }: Approval): readonly string[] =>
  [principal, NAME.exec(principal)?.[1], user, user === undefined ? undefined : NAME.exec(user)?.[1], agent].filter(
    (name): name is string => name !== undefined && name !== "",
  );

/** Whether somebody may decide about an approval: has the role, is somebody else than who asked, is named if names are given. */
export const mayDecide = (approval: Approval, decider: Decider): MayDecide => {
  if (!includesRole(decider.role, "approver"))
    return { ok: false, why: "role", reason: "This needs the role approver." };
  if (!decider.isKnown)
    return {
      ok: false,
      why: "unknown",
      reason: "A person decides, under a name: use a user's token (PARAPET_TOKEN for the command line).",
    };
  if (requestersOf(approval).some((name) => same(name, decider.name)))
    return { ok: false, why: "requester", reason: "Nobody decides about what they asked for themselves." };
  if (approval.approvers !== undefined && !approval.approvers.some((name) => same(name, decider.name)))
    return {
      ok: false,
      why: "not-approver",
      reason: `Only ${approval.approvers.join(", ") || "nobody"} may decide about this agent's calls.`,
    };
  return { ok: true };
};
