/** What can be read of HTML or XML: the text, and behind it what stands in comments and attributes. */
export type MarkupText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Elements of HTML, Word, PowerPoint, Excel and OpenDocument that end a line, by their local names. */
const BREAKS: ReadonlySet<string> = new Set(
  "p br tab cr tr td th row si c h h1 h2 h3 h4 h5 h6 li dt dd div section article header footer table ul ol blockquote pre option title line-break list-item".split(
    " ",
  ),
);
/** Attributes that hold words, or lead somewhere. */
const WORDS: ReadonlySet<string> = new Set(
  "alt title content placeholder aria-label aria-description value label summary href src srcdoc descr target name".split(
    " ",
  ),
);
const ATTRIBUTE = /([\w:-]{1,40})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')/g;
const ENTITY = /&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  shy: "",
};
const CODE_POINT_MAX = 0x10ffff;

const decoded = (text: string): string =>
  text.includes("&")
    ? text.replaceAll(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
        const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
        if (name !== undefined)
          return Object.hasOwn(NAMED, name.toLowerCase()) ? (NAMED[name.toLowerCase()] ?? "") : whole;
        return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : whole;
      })
    : text;

const isTagStart = (code: number): boolean =>
  (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x2f;

/** Where the tag ends that begins at `open`; -1 where it does not. Once a quote has no end, none is looked at any more. */
class TagEnds {
  readonly #text: string;
  #hasQuotes = true;

  constructor(text: string) {
    this.#text = text;
  }

  after(open: number): number {
    if (!this.#hasQuotes) return this.#text.indexOf(">", open);
    for (let at = open; at < this.#text.length; at += 1) {
      const letter = this.#text[at];
      if (letter === ">") return at;
      if (letter !== '"' && letter !== "'") continue;
      at = this.#text.indexOf(letter, at + 1);
      if (at !== -1) continue;
      this.#hasQuotes = false;
      return this.#text.indexOf(">", open);
    }
    return -1;
  }
}

/**
 * The words of markup, in linear time. `xml` refuses what defines entities of its own (XML 1.0, section 4): what they
 * expand to is nobody's to guess.
 */
export const textOfMarkup = (markup: string, kind: "html" | "xml"): MarkupText => {
  const ends = new TagEnds(markup);
  const pieces: string[] = [];
  const asides: string[] = [];
  let at = 0;
  for (let open = markup.indexOf("<"); open !== -1; open = markup.indexOf("<", at)) {
    pieces.push(decoded(markup.slice(at, open)));
    const skip = (mark: string, into?: string[]): number => {
      const close = markup.indexOf(mark, open);
      const from = open + (mark === "-->" ? "<!--".length : "<![CDATA[".length);
      into?.push(markup.slice(from, close === -1 ? markup.length : close));
      return close === -1 ? markup.length : close + mark.length;
    };
    if (markup.startsWith("<!--", open)) at = skip("-->", asides);
    else if (markup.startsWith("<![CDATA[", open)) at = skip("]]>", pieces);
    else if (markup.startsWith("<?", open)) at = skip(kind === "xml" ? "?>" : ">");
    else if (markup.startsWith("<!", open)) {
      if (kind === "xml") return { ok: false, reason: "XML that defines entities of its own" };
      at = skip(">");
    } else if (isTagStart(markup.charCodeAt(open + 1))) {
      const close = ends.after(open);
      if (close === -1) {
        at = open;
        break;
      }
      const tag = markup.slice(open + 1, close);
      const name = /^\/?(?:[\w.-]{1,40}:)?([\w-]{1,40})/.exec(tag)?.[1]?.toLowerCase() ?? "";
      if (BREAKS.has(name)) pieces.push("\n");
      if (tag.includes("="))
        for (const [, attribute = "", double, single] of tag.matchAll(ATTRIBUTE)) {
          const value = double ?? single ?? "";
          if (WORDS.has(attribute.split(":").at(-1)?.toLowerCase() ?? "") && value.length > 2)
            asides.push(decoded(value));
        }
      at = close + 1;
    } else {
      pieces.push("<");
      at = open + 1;
    }
  }
  pieces.push(decoded(markup.slice(at)));
  const text = pieces
    .join("")
    .replaceAll(/[ \t]*\n\s*/g, "\n")
    .trim();
  return { ok: true, text: [text, ...new Set(asides)].filter((piece) => piece.trim() !== "").join("\n") };
};
