import type { ArgumentOrigin } from "@parapet/model";
import type { ApprovalDetail } from "@parapet/model/api";
import { printable, printableLines } from "../printable.ts";

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");

/** JSON with one argument a line; what is no JSON as it is. */
const laidOut = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
};

const originLine = ({ path, role, origin, tool }: ArgumentOrigin): string =>
  `    ${printable(path)}${role === undefined ? "" : ` (${role})`}: ${origin}${tool === undefined ? "" : `, from the result of ${printable(tool)}`}`;

/** An approval as text: what the person needs to decide, in the order they need it. */
export const renderApproval = (approval: ApprovalDetail): string => {
  const { content } = approval;
  const call =
    approval.tool === "" ? approval.what : `${approval.server === "" ? "" : `${approval.server}/`}${approval.tool}`;
  const lines = [
    `${approval.id}  ${approval.state}, ${approval.severity}`,
    `  ${printable(approval.agent ?? approval.principal)} wants: ${printable(call)}${approval.user === undefined ? "" : ` for ${printable(approval.user)}`}`,
    `  ${printable(approval.message)} (${approval.policy})`,
    `  until ${approval.expiresAt}, risk of the session ${approval.risk} of 1000, asked ${approval.asked} time${approval.asked === 1 ? "" : "s"}`,
    ...(content?.arguments === undefined ? [] : ["  arguments:", indented(printableLines(laidOut(content.arguments)))]),
    ...(content?.texts ?? []).flatMap(({ role, text }) => [`  ${printable(role)}:`, indented(printableLines(text))]),
    ...(content !== undefined && content.cut > 0 ? [`  ${content.cut} characters of earlier texts are left out`] : []),
    ...(content?.facts === undefined || content.facts.origins.length === 0
      ? []
      : ["  where the arguments come from:", ...content.facts.origins.map(originLine)]),
    ...(content?.facts?.reasons ?? []).map((reason) => `  - ${printable(reason)}`),
    ...(content?.differences ?? []).map(({ sentence }) => `  - ${printable(sentence)}`),
    ...(content === undefined ? ["  what stands in it was erased"] : []),
    ...approval.history.map(
      ({ time, step, actor, note }) =>
        `  ${time} ${step} by ${printable(actor)}${note === undefined ? "" : `: ${printable(note)}`}`,
    ),
    ...(approval.mayNotBecause === undefined ? [] : [`  You may not decide: ${approval.mayNotBecause}`]),
  ];
  return lines.join("\n");
};
