import type { Event } from "@parapet/model";
import { nameOf } from "./template.ts";

const TEMPLATES = ["pod:{namespace}/{pod}", "workload:{workload}", "{principal}", "address:{address}", "agent:{agent}"];
/** Names under which nobody in particular acts. */
const NOBODY = new Set(["anonymous", "system", "cli"]);

/** The names by which an event can be joined to others, the most telling first. */
export const namesOf = (event: Event): readonly string[] =>
  TEMPLATES.flatMap((template) => {
    const name = nameOf(template, event);
    return name === undefined || NOBODY.has(name) ? [] : [name];
  });
