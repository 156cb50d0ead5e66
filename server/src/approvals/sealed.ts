import { HeldContent, type TenantApproval } from "@parapet/model";
import { open, seal } from "#platform";
import { z } from "zod";
import type { KeptAnswer } from "./held.ts";

const Answer = z
  .object({ status: z.int(), contentType: z.string(), body: z.base64() })
  .transform(({ body, ...rest }): KeptAnswer => ({ ...rest, body: Buffer.from(body, "base64") }));

type Place = Pick<TenantApproval, "tenant" | "id">;

/** What stands in approvals, encrypted and bound to its row. What cannot be opened reads as nothing. */
export const createSealed = (key: Buffer) => {
  const of = <T>(name: string, schema: z.ZodType<T>, plain: (value: T) => unknown) => {
    const aad = ({ tenant, id }: Place): string => `approval/${name}/${tenant}/${id}`;
    return {
      seal: (place: Place, value: T): string => seal(key, JSON.stringify(plain(value)), aad(place)).toString("base64"),
      open: (place: Place, sealed: string): T | undefined => {
        const text = open(key, Buffer.from(sealed, "base64"), aad(place));
        return text === undefined ? undefined : schema.safeParse(JSON.parse(text.toString("utf8"))).data;
      },
    };
  };
  return {
    content: of("content", HeldContent, (content) => content),
    answer: of("answer", Answer, ({ body, ...rest }) => ({ ...rest, body: body.toString("base64") })),
  };
};
