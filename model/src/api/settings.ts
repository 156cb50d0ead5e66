import { z } from "zod";
import { Diagnostic } from "../policy.ts";
import { Role } from "../user.ts";

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
  users: z.array(z.object({ name: z.string(), role: Role, createdAt: z.string() })),
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
