import { z } from "zod";
import { Role } from "../user.ts";

/** `POST /api/v1/session` exchanges a token for a cookie; `GET` tells who is signed in. */
export const SignIn = z.strictObject({ token: z.string().min(1).max(200) });
export const CurrentUser = z.object({
  name: z.string(),
  role: Role,
  csrf: z.string().describe("Send back as x-parapet-csrf with every change"),
});
export type CurrentUser = Readonly<z.infer<typeof CurrentUser>>;
