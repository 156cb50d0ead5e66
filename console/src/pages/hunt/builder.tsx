import { Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { OPERATORS, toExpression, type Term } from "./expression.ts";

const FIELDS = [
  "source",
  "kind",
  "principal",
  "agent",
  "asset",
  "route",
  "model",
  "session",
  "tool",
  "address",
  "outcome",
  "host",
  "verdict",
];
const EMPTY: Term = { field: "", operator: "=", value: "" };

/** Rows of field, comparison and value, which make an expression together. */
export const Builder = ({ onHunt }: { readonly onHunt: (where: string) => void }): ReactNode => {
  const [terms, setTerms] = useState<readonly Term[]>([EMPTY]);
  const change = (position: number, more: Partial<Term>): void =>
    setTerms(terms.map((term, at) => (at === position ? { ...term, ...more } : term)));
  const where = toExpression(terms);
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (where !== "") onHunt(where);
      }}
    >
      <datalist id="hunt-fields">
        {FIELDS.map((field) => (
          <option key={field} value={field} />
        ))}
      </datalist>
      {terms.map((term, position) => (
        <div key={position} className="row">
          <TextInput
            size="xs"
            aria-label={`Field ${position + 1}`}
            placeholder="field"
            list="hunt-fields"
            value={term.field}
            onChange={(event) => change(position, { field: event.currentTarget.value })}
          />
          <NativeSelect
            size="xs"
            aria-label={`Comparison ${position + 1}`}
            data={[...OPERATORS]}
            value={term.operator}
            onChange={(event) =>
              change(position, {
                operator: OPERATORS.find(({ value }) => value === event.currentTarget.value)?.value ?? "=",
              })
            }
          />
          {term.operator === "exists" ? null : (
            <TextInput
              size="xs"
              aria-label={`Value ${position + 1}`}
              placeholder={term.operator === "in" ? "one, another" : "value"}
              value={term.value}
              onChange={(event) => change(position, { value: event.currentTarget.value })}
            />
          )}
          {terms.length === 1 ? null : (
            <CloseButton
              size="sm"
              aria-label={`Remove row ${position + 1}`}
              onClick={() => setTerms(terms.filter((_, at) => at !== position))}
            />
          )}
        </div>
      ))}
      <div className="row">
        <Button size="xs" variant="default" onClick={() => setTerms([...terms, EMPTY])}>
          And
        </Button>
        <Button size="xs" type="submit" disabled={where === ""}>
          Hunt
        </Button>
      </div>
    </form>
  );
};
