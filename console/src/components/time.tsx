import { useInterval } from "@mantine/hooks";
import { useState, type ReactNode } from "react";
import { absolute, age, ahead } from "./format.ts";
import { useZone } from "./preferences.ts";

/** Milliseconds now, renewed often enough for words like "3 min ago". */
export const useNow = (everyMs = 10_000): number => {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), everyMs, { autoInvoke: true });
  return now;
};

/** Relative in words, absolute on hover and for machines. */
export const Time = ({ time, now }: { readonly time: string; readonly now?: number }): ReactNode => {
  const [zone] = useZone();
  const ms = Date.parse(time);
  const distance = (now ?? Date.now()) - ms;
  return (
    <time dateTime={time} title={absolute(time, zone)}>
      {Number.isNaN(ms) ? time : distance < -30_000 ? ahead(-distance) : age(distance)}
    </time>
  );
};

export const AbsoluteTime = ({ time }: { readonly time: string }): ReactNode => {
  const [zone] = useZone();
  return <time dateTime={time}>{absolute(time, zone)}</time>;
};
