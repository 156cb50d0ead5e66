import { Fault } from "#platform";

/** A place in a list, newest first: a time and an id. Opaque to callers. */
export interface PagePlace {
  readonly time: string;
  readonly id: string;
}

export const encodePlace = ({ time, id }: PagePlace): string => Buffer.from(`${time} ${id}`).toString("base64url");

/** Throws a `bad_request` fault for what {@link encodePlace} did not make. */
export const decodePlace = (cursor: string): PagePlace => {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) ([0-9a-f-]{36})$/.exec(text);
  const [, time, id] = parts ?? [];
  if (time === undefined || id === undefined || Number.isNaN(Date.parse(time))) {
    throw new Fault("bad_request", { message: "The cursor is not one that this list gave out." });
  }
  return { time, id };
};
