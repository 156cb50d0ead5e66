import { near, one, type Rule, followed } from "./rule.ts";

const OVERRIDE = "override";
const EXTRACTION = "prompt-extraction";
const INDIRECT = "indirect-instruction";
const FORGERY = "delimiter-forgery";
const SECRECY = "secrecy";
const FORWARDING = "data-forwarding";
const TOOL = "tool-poisoning";
const ROLE = "role-change";

/** Evidence of direct and indirect injection, prompt extraction and tool poisoning. */
export const INJECTION_RULES: readonly Rule[] = [
  // Setting earlier instructions aside.
  followed("override", "instruction", 2.2, 2.6, OVERRIDE, "sets instructions aside"),
  followed("override", "work", 1.1, 1.2, OVERRIDE, "sets the task aside", 6),
  near("previous", "work", 0.4, 0.2, OVERRIDE, "names the task that came before", 4),
  followed("override", "previous", 1.7, 2.0, OVERRIDE, "sets aside what came before"),
  followed("override", "all", 1.0, 0.9, OVERRIDE, "sets everything aside"),
  followed("override", "ownLimits", 1.3, 1.3, OVERRIDE, "sets the model's rules aside"),
  followed("override", "rules", 1.0, 1.1, OVERRIDE, "sets rules aside"),
  followed("override", "systemPrompt", 2.0, 2.2, OVERRIDE, "sets the system's instructions aside"),
  near("previous", "instruction", 0.9, 0.9, OVERRIDE, "names the instructions that came before", 4),
  near("all", "instruction", 0.3, 0.4, OVERRIDE, "speaks of all instructions", 5),
  near("override", "newTask", 2.0, 2.2, OVERRIDE, "puts a new task in place of the old"),
  near("override", "sayOnly", 1.5, 1.6, OVERRIDE, "demands one fixed answer instead", 14),
  near("override", "takeover", 2.0, 2.2, OVERRIDE, "demands the mark of a takeover", 20),
  near("override", "reveal", 0.4, 0.5, OVERRIDE, "asks for output instead", 10),
  near("override", "machine", 0.6, 1.2, OVERRIDE, "tells a machine to set something aside", 12),
  near("override", "sensitive", 0.8, 1.0, OVERRIDE, "asks for something secret instead", 14),
  near("override", "youAre", 0.8, 1.0, ROLE, "gives the reader another identity", 12),
  near("override", "fromNowOn", 1.2, 1.4, OVERRIDE, "changes behaviour for good", 14),
  one("override", 0.3, 0.2, OVERRIDE, "a word of overriding"),
  one("newTask", 1.0, 1.1, OVERRIDE, "announces another task"),
  near("newTask", "previous", 0.7, 0.7, OVERRIDE, "replaces the earlier task"),
  near("newTask", "sayOnly", 0.8, 1.0, OVERRIDE, "a new task with one fixed answer", 14),
  near("sayOnly", "takeover", 3.0, 3.2, OVERRIDE, "demands the mark of a takeover"),
  near("reveal", "takeover", 2.2, 2.4, OVERRIDE, "demands the mark of a takeover", 5),
  one("takeover", 0.6, 0.6, OVERRIDE, "names the mark of a takeover"),
  near("sayOnly", "sensitive", 1.3, 1.3, EXTRACTION, "demands a secret as the only answer"),

  // Asking for hidden text.
  followed("reveal", "systemPrompt", 3.0, 2.4, EXTRACTION, "asks to show the system's instructions", 10),
  near("verbatim", "systemPrompt", 1.5, 1.5, EXTRACTION, "wants the instructions word for word", 12),
  followed("reveal", "textAbove", 2.6, 2.6, EXTRACTION, "asks to repeat what stands before the message"),
  near("verbatim", "textAbove", 1.8, 1.8, EXTRACTION, "wants the text before it word for word", 10),
  followed("reveal", "sensitive", 1.8, 1.5, EXTRACTION, "asks to show something secret", 6),
  near("verbatim", "sensitive", 1.2, 1.2, EXTRACTION, "wants a secret letter by letter"),
  one("systemPrompt", 0.8, 0.6, EXTRACTION, "names the system's instructions"),
  one("textAbove", 0.7, 0.5, EXTRACTION, "names the text before the message"),
  near("sensitive", "systemPrompt", 0.7, 0.7, EXTRACTION, "speaks of secrets and instructions"),
  one("sensitive", 0.3, 0.2, EXTRACTION, "names something secret"),

  // Speaking to the machine that reads.
  one("machine", 0.1, 0.7, INDIRECT, "addresses or names an AI"),
  followed("machine", "must", 0.1, 1.3, INDIRECT, "tells an AI what to do"),
  near("machine", "riskyAct", 0.5, 1.6, INDIRECT, "orders a risky act from an AI", 20),
  near("machine", "send", 0.4, 1.3, INDIRECT, "orders an AI to send something", 16),
  near("machine", "instruction", 0.2, 0.8, INDIRECT, "speaks of instructions to an AI"),
  near("machine", "theUser", 0.1, 0.7, INDIRECT, "speaks to an AI about its user", 14),
  near("machine", "newTask", 0.6, 1.5, INDIRECT, "gives an AI another task"),
  near("theUser", "must", 0.0, 0.5, INDIRECT, "tells what the user must be told", 6),
  near("theUser", "reveal", 0.0, 0.9, INDIRECT, "orders what the user is told", 5),
  near("authority", "instruction", 0.6, 1.0, INDIRECT, "claims rank for its instructions"),
  near("authority", "must", 0.1, 0.5, INDIRECT, "claims rank for an order"),
  near("authority", "override", 0.9, 1.3, OVERRIDE, "claims rank to override"),
  near("forcedAnswer", "systemPrompt", 2.2, 1.8, EXTRACTION, "makes the answer begin with the instructions"),
  near("authority", "riskyAct", 0.2, 1.3, INDIRECT, "claims rank for a risky act", 12),
  near("authority", "send", 0.2, 1.0, INDIRECT, "claims rank for sending something", 12),
  near("authority", "override", 0.3, 0.6, INDIRECT, "claims rank", 14),
  one("authority", 0.4, 0.4, INDIRECT, "claims rank or urgency"),
  one("riskyAct", 0.0, 0.6, INDIRECT, "names a risky act"),
  near("riskyAct", "must", 0.0, 0.4, INDIRECT, "orders a risky act"),
  near("riskyAct", "newTask", 0.3, 1.2, INDIRECT, "makes a risky act the task", 12),
  near("riskyAct", "url", 0.0, 0.6, INDIRECT, "a risky act at an address"),
  near("fromNowOn", "must", 0.2, 0.8, INDIRECT, "orders lasting behaviour"),
  near("fromNowOn", "reveal", 0.1, 0.6, INDIRECT, "orders lasting output"),
  near("systemPrompt", "must", 0.2, 0.4, INDIRECT, "orders about the instructions"),
  one("youAre", 0.1, 0.5, ROLE, "tells the reader who it is"),
  near("youAre", "fromNowOn", 0.8, 1.6, ROLE, "gives the reader a new identity for good"),
  near("act", "fromNowOn", 0.6, 1.4, ROLE, "gives the reader a part for good", 10),

  // Hiding from the person, and carrying data off.
  one("secrecy", 0.6, 1.5, SECRECY, "hides something from the user"),
  near("secrecy", "theUser", 0.8, 1.2, SECRECY, "hides something from the user"),
  near("secrecy", "send", 0.9, 1.7, SECRECY, "sends something without being seen", 14),
  near("secrecy", "riskyAct", 0.4, 1.0, SECRECY, "does something risky without being seen", 16),
  followed("send", "sensitive", 0.9, 1.8, FORWARDING, "sends something secret"),
  near("send", "address", 0.1, 0.7, FORWARDING, "sends to an address given in the text", 10),
  near("send", "url", 0.1, 0.6, FORWARDING, "sends to a place given in the text", 8),
  near("sensitive", "url", 0.4, 1.0, FORWARDING, "secret data and a place to put it", 12),
  near("sensitive", "address", 0.4, 0.9, FORWARDING, "secret data and an address", 12),
  near("send", "systemPrompt", 1.0, 1.4, FORWARDING, "sends the instructions away"),
  near("imageLink", "sensitive", 0.8, 2.0, FORWARDING, "an image address that carries data", 10),
  near("imageLink", "send", 0.5, 1.0, FORWARDING, "orders an image that carries data"),
  near("override", "send", 0.5, 0.6, FORWARDING, "sends something instead of the task", 14),
  near("newTask", "send", 0.7, 1.3, FORWARDING, "makes sending the task", 10),

  // Tools.
  one("toolOrder", 0.3, 1.2, TOOL, "orders about calling tools"),
  near("toolOrder", "sensitive", 0.5, 2.0, TOOL, "a tool that wants secrets read", 16),
  near("toolOrder", "secrecy", 0.6, 1.8, TOOL, "a tool that wants to stay unseen", 24),
  near("toolOrder", "must", 0.2, 0.7, TOOL, "a tool that gives orders"),
  near("toolOrder", "riskyAct", 0.3, 1.0, TOOL, "a tool that wants a risky act", 16),
  near("toolOrder", "send", 0.3, 0.9, TOOL, "a tool that wants something sent", 14),

  // Forged structure.
  one("templateToken", 2.2, 3.0, FORGERY, "forges the model's own control marks"),
  one("roleTag", 1.6, 2.0, FORGERY, "forges a role's tag"),
  one("roleObject", 0.9, 1.0, FORGERY, "forges a message with a role"),
  one("roleHeader", 0.6, 1.2, FORGERY, "forges the start of a role's turn"),
  one("orderTag", 1.0, 1.7, FORGERY, "a tag that claims importance"),
  one("closingTag", 0.9, 0.9, FORGERY, "closes the frame it stands in"),
  one("fence", 0.4, 0.2, FORGERY, "a drawn border that ends a part"),
  near("fence", "override", 0.8, 0.9, FORGERY, "a drawn border before an override", 12),
  near("fence", "sayOnly", 0.9, 0.9, FORGERY, "a drawn border before a demand", 10),
  near("fence", "newTask", 0.9, 1.0, FORGERY, "a drawn border before a new task", 10),
  near("roleTag", "must", 0.4, 0.7, FORGERY, "orders under a forged role"),
  near("roleTag", "override", 1.2, 1.4, FORGERY, "overrides under a forged role", 14),
  near("roleHeader", "override", 1.0, 1.3, FORGERY, "overrides under a forged turn", 12),
  near("roleHeader", "send", 0.3, 1.0, FORGERY, "sends under a forged turn", 12),
  near("roleHeader", "must", 0.2, 0.5, FORGERY, "orders under a forged turn"),
  near("roleHeader", "riskyAct", 0.3, 1.3, FORGERY, "a risky act under a forged turn", 16),
  near("templateToken", "must", 0.4, 0.6, FORGERY, "orders under forged control marks", 12),
  near("orderTag", "send", 0.5, 1.0, FORGERY, "sends under a claim of importance", 16),
  near("closingTag", "override", 1.2, 1.2, FORGERY, "closes the frame and overrides", 14),
  near("closingTag", "sayOnly", 1.3, 1.3, FORGERY, "closes the frame and demands", 12),
  near("closingTag", "newTask", 1.2, 1.2, FORGERY, "closes the frame and gives a task", 12),
];
