import { useEffect, useRef } from "react";
import { useShortcutsOn } from "../preferences.ts";

const SEQUENCE_MS = 1_200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/**
 * Single keys (`j`) and sequences (`g f`). Never while typing, never with a modifier,
 * and not at all where the reader turned them off.
 */
export const useKeys = (keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void => {
  const [on] = useShortcutsOn();
  const latest = useRef(keys);
  const first = useRef({ key: "", at: 0 });
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    if (!on) return undefined;
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const before = Date.now() - first.current.at < SEQUENCE_MS ? `${first.current.key} ` : "";
      first.current = { key: event.key, at: event.key === "g" && before === "" ? Date.now() : 0 };
      const handler = latest.current[`${before}${event.key}`];
      if (handler === undefined) return;
      event.preventDefault();
      handler(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [on]);
};
