import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";

const PLACE = /^(?:part|at)-(\d{1,9})$/;

/** The part that the address leads to, by its index; undefined where it leads to none. */
export const useTarget = (): number | undefined => {
  const index = PLACE.exec(useLocation({ select: ({ hash }) => hash }))?.[1];
  return index === undefined ? undefined : Number(index);
};

/** Brings the place that the address names into view, and the keyboard with it; again when the view changes. */
export const useArrival = (view: string): void => {
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    const place = PLACE.test(hash) ? document.getElementById(hash) : null;
    place?.scrollIntoView({ block: "center" });
    place?.focus({ preventScroll: true });
  }, [hash, view]);
};
