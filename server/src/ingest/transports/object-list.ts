/** One page of S3's `ListObjectsV2`. */
export interface ObjectPage {
  readonly keys: readonly string[];
  readonly next: string | undefined;
}

const KEY = /<Contents>(?:(?!<\/Contents>)[^])*?<Key>([^<]*)<\/Key>/g;
const NEXT = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.replaceAll(
    /&(?:#(\d{1,6})|#x([0-9a-fA-F]{1,6})|(\w{1,5}));/g,
    (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
      const code = decimal === undefined ? (hex === undefined ? undefined : Number.parseInt(hex, 16)) : Number(decimal);
      if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : "";
      return ENTITIES[name ?? ""] ?? whole;
    },
  );

/** Undefined for what is no answer of that kind. */
export const readObjectPage = (xml: string): ObjectPage | undefined => {
  if (!xml.includes("<ListBucketResult")) return undefined;
  const next = NEXT.exec(xml)?.[1];
  return {
    keys: Array.from(xml.matchAll(KEY), ([, key = ""]) => plain(key)),
    next: next === undefined ? undefined : plain(next),
  };
};
