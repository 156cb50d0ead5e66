import { z } from "zod";
import { Diagnostic } from "../policy.ts";
import { Role } from "../user.ts";

/** Somebody who may ask the management API. The token is answered once, when the user is made. */
export const User = z.object({
  name: z.string(),
  role: Role,
  createdAt: z.string(),
  disabled: z.boolean().describe("The token is refused"),
});
export type User = Readonly<z.infer<typeof User>>;

/** `GET /api/v1/settings`: the effective configuration without secrets. */
export const Settings = z.object({
  version: z.string(),
  dataDirectory: z.string(),
  configurationFile: z.string().optional(),
  configuration: z.unknown().describe("Effective configuration; credentials show only their reference"),
  diagnostics: z.array(Diagnostic),
  detectors: z.array(
    z.object({
      id: z.string(),
      version: z.string(),
      title: z.string(),
      description: z.string(),
      categories: z.array(z.string()),
      contextual: z.boolean(),
    }),
  ),
  users: z.array(User),
  credentials: z
    .array(z.object({ name: z.string(), updatedAt: z.string() }))
    .describe("Stored upstream credentials, write-only"),
});
export type Settings = Readonly<z.infer<typeof Settings>>;

/** `PUT /api/v1/credentials/{name}` */
export const CredentialWrite = z.strictObject({ value: z.string().min(1).max(8_192) });

/** `POST /api/v1/users`, answered with the token once. */
export const UserCreate = z.strictObject({ name: z.string().regex(/^[a-z0-9._@-]{1,80}$/i), role: Role });
export const UserCreated = z.object({ name: z.string(), role: Role, token: z.string() });

/** `PATCH /api/v1/users/{name}` */
export const UserChange = z.strictObject({ disabled: z.boolean() });
