/**
 * The reference under docs/reference, made from the schemas and catalogues that the program itself runs on.
 *
 * Serves no request and is imported by nothing that runs. Invariant: a committed file is exactly what the
 * sources say now; `reference.test.ts` fails when it is not, and `write-reference.ts` writes it anew.
 */
export { configurationReference, configurationSchema } from "./configuration-reference.ts";
export { detectorReference } from "./detector-reference.ts";
export { faultReference } from "./fault-reference.ts";
export { referenceFiles, type ReferenceFile } from "./reference-files.ts";
