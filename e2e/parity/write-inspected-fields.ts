/** Writes docs/reference/inspected-fields.md. */
import { writeFileSync } from "node:fs";
import { inspectedFields, INSPECTED_FIELDS_FILE } from "./inspected-fields.ts";
import { openSdkTypes } from "./string-fields.ts";

const types = openSdkTypes();
writeFileSync(INSPECTED_FIELDS_FILE, inspectedFields(types));
types.close();
