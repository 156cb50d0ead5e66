import { Button, NativeSelect, TextInput } from "@mantine/core";
import { ACTIONS, CATEGORIES, EXCHANGE_STATES } from "@parapet/model";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { policiesQuery } from "../../api/queries.ts";
import { actionWord } from "../../components/badges.tsx";
import { words } from "../../components/format.ts";
import { toVisibleString } from "../../text/visible.ts";
import { ExchangesSearch } from "../../search/params.ts";
import classes from "./page.module.css";

type Field = keyof Omit<ExchangesSearch, "selected">;
const TEXT_FIELDS = ["model", "principal", "session", "policy"] as const;
const only = [
  { value: "stopped", label: "stopped: blocked or held" },
  { value: "unscannable", label: "not fully inspected" },
  { value: "failed", label: "failed on the way" },
  { value: "would", label: "enforcing would have acted" },
];

/** Every filter is in the URL; text fields take effect with Enter or on leaving them. */
export const Filters = (): ReactNode => {
  const search = useSearch({ from: "/exchanges" });
  const navigate = useNavigate({ from: "/exchanges" });
  const policies = useQuery(policiesQuery);
  // Parsed again so that only values the URL may hold get into it.
  const set = (field: Field, value: string): void =>
    void navigate({
      search: (before) => ({
        since: before.since,
        ...ExchangesSearch.parse({ ...before, selected: undefined, [field]: value === "" ? undefined : value }),
      }),
    });
  const routes = (policies.data?.routes ?? []).map(({ id }) => ({ value: id, label: id }));
  const choices: readonly (readonly [Field, string, readonly { readonly value: string; readonly label: string }[]])[] =
    [
      ["route", "Any route", routes],
      ["verdict", "Any verdict", ACTIONS.map((action) => ({ value: action, label: actionWord(action) }))],
      ["category", "All found", CATEGORIES.map((category) => ({ value: category, label: words(category) }))],
      ["state", "Any state", EXCHANGE_STATES.map((state) => ({ value: state, label: words(state) }))],
      ["only", "Any kind", only],
    ];
  const isFiltered = Object.entries(search).some(
    ([name, value]) => name !== "since" && name !== "selected" && value !== undefined,
  );
  return (
    <div className={classes.filters} role="group" aria-label="Filters">
      {choices.map(([field, any, options]) => {
        const value = search[field] ?? "";
        const known = value === "" || options.some((option) => option.value === value);
        return (
          <NativeSelect
            key={field}
            size="xs"
            aria-label={field}
            data-set={value === "" ? undefined : ""}
            data={[{ value: "", label: any }, ...options, ...(known ? [] : [{ value, label: toVisibleString(value) }])]}
            value={value}
            onChange={(event) => set(field, event.currentTarget.value)}
          />
        );
      })}
      {TEXT_FIELDS.map((field) => (
        <TextFilter key={field} field={field} value={search[field] ?? ""} onSet={(value) => set(field, value)} />
      ))}
      {search.q === undefined ? null : (
        <Button size="xs" variant="light" onClick={() => set("q", "")} aria-label="Remove the search">
          “{toVisibleString(search.q)}” ✕
        </Button>
      )}
      {isFiltered ? (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => void navigate({ search: (before) => ({ since: before.since }) })}
        >
          Clear filters
        </Button>
      ) : null}
    </div>
  );
};

const TextFilter = ({
  field,
  value,
  onSet,
}: {
  readonly field: string;
  readonly value: string;
  readonly onSet: (value: string) => void;
}): ReactNode => {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const commit = (): void => {
    if (typed.trim() !== value) onSet(typed.trim());
  };
  return (
    <TextInput
      size="xs"
      aria-label={field}
      placeholder={field}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
    />
  );
};
