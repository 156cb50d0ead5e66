import { describe, expect, test } from "vitest";
import { bodyTree, type BodyNode, type KeptBody } from "./body-tree.ts";

const segment = (index: number, pointer: string, direction: "request" | "response" = "request") => ({
  index,
  pointer,
  direction,
});
const NOTHING: KeptBody = { segments: [], receipt: [], outlines: [] };

/** One line for each place: its pointer and what stands there. */
const lines = (node: BodyNode): readonly string[] => [
  ...(node.pointer === ""
    ? []
    : [
        [
          node.pointer,
          ...(node.isList ? ["list"] : []),
          ...node.segments.map((index) => `text ${index}`),
          ...(node.value === undefined ? [] : [JSON.stringify(node.value)]),
          ...(node.unread === undefined ? [] : [`unread: ${node.unread}`]),
        ].join(" "),
      ]),
  ...node.children.flatMap(lines),
];

describe("a body put together again", () => {
  test("has its texts, what stood beside them and what nobody read, each in its place", () => {
    const kept: KeptBody = {
      segments: [segment(0, "/messages/0/content"), segment(1, "/messages/1/content/0/text")],
      receipt: [
        {
          segment: 2,
          detector: "front",
          version: "1",
          outcome: "unscannable",
          reason: "/messages/1/content/1: image",
          place: { direction: "request", pointer: "/messages/1/content/1" },
        },
      ],
      outlines: [
        {
          direction: "request",
          cut: false,
          members: [
            ["/model", "gpt-5"],
            ["/messages/0/role", "system"],
            ["/messages/1/content/1/type", "image_url"],
          ],
        },
        { direction: "response", cut: false, members: [["/id", "c-1"]] },
      ],
    };
    expect(lines(bodyTree(kept, "request"))).toEqual([
      '/model "gpt-5"',
      "/messages list",
      "/messages/0",
      '/messages/0/role "system"',
      "/messages/0/content text 0",
      "/messages/1",
      "/messages/1/content list",
      "/messages/1/content/0",
      "/messages/1/content/0/text text 1",
      "/messages/1/content/1 unread: image",
      '/messages/1/content/1/type "image_url"',
    ]);
    expect(lines(bodyTree(kept, "response"))).toEqual(['/id "c-1"']);
  });

  test("keeps items of a list in order, whatever was kept of them first", () => {
    const segments = [10, 2, 0].map((at, index) => segment(index, `/input/${at}`));
    const [input] = bodyTree({ ...NOTHING, segments }, "request").children;
    expect(input?.children.map(({ step }) => step)).toEqual(["0", "2", "10"]);
  });

  test("takes several texts at one place, steps that are escaped, names of events, and a body that is a text", () => {
    const segments = [
      segment(0, "/a~1b/c~0d"),
      segment(1, "/a~1b/c~0d"),
      segment(2, "delta.done/text"),
      segment(3, ""),
    ];
    const tree = bodyTree({ ...NOTHING, segments }, "request");
    expect(tree.segments).toEqual([3]);
    expect(lines(tree)).toEqual(["/a~1b", "/a~1b/c~0d text 0 text 1", "/delta.done", "/delta.done/text text 2"]);
    expect(tree.children[0]?.children[0]?.step).toBe("c~d");
  });

  test("is bounded in depth, so that a hostile pointer cannot exhaust a reader's stack", () => {
    const tree = bodyTree({ ...NOTHING, segments: [segment(0, "/a".repeat(100_000))] }, "request");
    let depth = 0;
    for (let node: BodyNode | undefined = tree; node !== undefined; node = node.children[0]) depth += 1;
    expect(depth).toBeLessThan(200);
  });
});
