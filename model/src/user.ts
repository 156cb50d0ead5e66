import { z } from "zod";

/** Roles of the management API, each includes those before it. */
export const ROLES = ["viewer", "analyst", "approver", "administrator"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

export const includesRole = (held: Role, needed: Role): boolean => ROLES.indexOf(held) >= ROLES.indexOf(needed);
