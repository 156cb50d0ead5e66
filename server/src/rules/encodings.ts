/** Sigma's transformations of a literal before it is compared. Bytes travel as Latin-1 strings. */
const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

export const utf16le = (text: string): string => Buffer.from(text, "utf16le").toString("latin1");
export const utf16be = (text: string): string => Buffer.from(text, "utf16le").swap16().toString("latin1");
export const utf16 = (text: string): string => `\xff\xfe${utf16le(text)}`;

const isBytes = (text: string): boolean => !/[^\0-\xff]/.test(text);

/** `raw` says that the text already stands for bytes. */
const base64Of = (text: string, raw: boolean): string =>
  Buffer.from(raw && isBytes(text) ? text : bytesOf(text), "latin1").toString("base64");

export const base64 = base64Of;

const SKIP = [0, 2, 3];
const DROP = [0, 3, 2];

/** The three forms that a text takes inside longer base64, without the characters that depend on its surroundings. */
export const base64Offsets = (text: string, raw: boolean): readonly string[] => {
  const bytes = raw && isBytes(text) ? text : bytesOf(text);
  return SKIP.map((skip, offset) => {
    const encoded = base64Of(" ".repeat(offset) + bytes, true);
    const drop = DROP[(bytes.length + offset) % 3] ?? 0;
    return encoded.slice(skip, encoded.length - drop);
  });
};

const DASHES = ["-", "/", "–", "—", "―"];
const FLAG = /(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/gu;

/** Every way of writing command-line flags with other dashes. Above three flags, all change together. */
export const windash = (text: string): readonly string[] => {
  const places = [...text.matchAll(FLAG)].map(({ index }) => index);
  const put = (source: string, at: number, dash: string): string => source.slice(0, at) + dash + source.slice(at + 1);
  if (places.length > 3) {
    return [text, ...DASHES.map((dash) => places.reduce((source, at) => put(source, at, dash), text))];
  }
  let forms = [text];
  for (const at of places) forms = forms.flatMap((form) => DASHES.map((dash) => put(form, at, dash)));
  return forms;
};
