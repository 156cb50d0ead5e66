import { Problem } from "@parapet/model/api";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import type { MountedEndpoint } from "./endpoint.ts";

/** OpenAPI 3.1 of everything mounted; there is no second list. */
export const openApiDocument = (endpoints: readonly MountedEndpoint[], version: string): unknown => {
  const paths: ZodOpenApiPathsObject = {};
  for (const one of endpoints) {
    const names = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
    paths[`/api/v1${one.path}`] = {
      ...paths[`/api/v1${one.path}`],
      [one.method]: {
        summary: one.summary,
        description: `Needs the role ${one.role}.`,
        parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
        ...(one.query !== undefined && { requestParams: { query: one.query } }),
        ...(one.body !== undefined && {
          requestBody: { required: true, content: { "application/json": { schema: one.body } } },
        }),
        responses: {
          [one.status]: { description: "Done", content: { "application/json": { schema: one.answer } } },
          default: { description: "What went wrong", content: { "application/problem+json": { schema: Problem } } },
        },
      },
    };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Parapet management API", version },
    security: [{ bearer: [] }, { session: [] }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "parapet_session" },
      },
    },
    paths,
  });
};
