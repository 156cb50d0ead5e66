const MODEL = /^[\w.:/@-]{1,200}$/;
const TOOL = /^[\w.:-]{1,200}$/;
/** Keys and tokens look so; names do not. */
const CREDENTIAL = /(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20}/;
const CREDENTIAL_UNITS_MIN = 20;

const mayBeCredential = (value: string): boolean => value.length >= CREDENTIAL_UNITS_MIN && CREDENTIAL.test(value);

/** Whether a string can only be a model's name, and no words or credentials in its place. */
export const isModelName = (value: string): boolean => MODEL.test(value) && !mayBeCredential(value);

/** The same of a tool's name. */
export const isToolName = (value: string): boolean => TOOL.test(value) && !mayBeCredential(value);
