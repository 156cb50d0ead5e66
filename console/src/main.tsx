import "./api/no-eval.ts";
import "./mantine.css";
import "./styles.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { ProblemError } from "./api/problem.ts";
import { router } from "./routes.tsx";
import { cssVariables, theme } from "./theme.ts";

/** An answer that will not change is not asked for again; a lost connection is. */
const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ProblemError && (error.problem.status === 0 || error.problem.status >= 500),
    },
  },
});

// A session that ended anywhere ends everywhere: the shell shows the sign-in and keeps the address.
queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== "updated" || event.action.type !== "error") return;
  const { error } = event.action;
  if (error instanceof ProblemError && error.problem.status === 401) queryClient.setQueryData(["session"], null);
});

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: "parapet.scheme" })}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
