/** Stanzas that are well-formed and wrong: right ones with what they hold changed, out of place, too much or from elsewhere. */
import { escapeAttribute, escapeText } from "@veche/xmpp/codec/xml/serialise.ts";
import { parse } from "@veche/xmpp/testing/scripted-client.ts";
import fc from "fast-check";

type Node = { name: string; attrs: Record<string, string>; children: (Node | string)[] };

const placeholders = [
  "{room}",
  "{room}/focus",
  "{room}/{other}",
  "{me}",
  "{otherJid}",
  "{nick}",
  "{sid}",
  "{theirSid}",
];

const oddTexts: readonly string[] = [
  ...placeholders,
  "",
  " ",
  "0",
  "-1",
  "1e309",
  "NaN",
  "4294967296",
  "9007199254740993",
  "99999999999999999999999999",
  "0x1f",
  "2.5",
  "true",
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "../../etc/passwd",
  "%00%ff",
  "a.b.c",
  "*",
  ">",
  "evt.muc.>",
  "\u202e\u200b\u2066",
  "e\u0301".repeat(40),
  "ü😀\ufeff",
  "\n\t\r",
  '<b onclick="alert(1)">&amp;\'',
  "]]>",
  "@",
  "/",
  "a@b@c/d/e",
  "focus",
  "focus.meet.jitsi",
  "focus@auth.meet.jitsi/focus",
  "muc.meet.jitsi",
  "meet.jitsi",
  "x@muc.meet.jitsi/y",
  "[meet@jitsi]",
  "[a]{lobby}",
  "x".repeat(300),
  "ж".repeat(3_000),
  "{".repeat(500),
];

const oddNames = ["__proto__", "constructor", "a", "iq", "jingle", "x", "item", "error", "query", "body", "to", "type"];

const oddNamespaces = [
  "",
  "urn:x",
  "__proto__",
  "jabber:client",
  "urn:xmpp:jingle:1",
  "http://jitsi.org/jitmeet",
  "http://jitsi.org/protocol/focus",
  "http://jabber.org/protocol/muc",
  "http://jabber.org/protocol/muc#user",
  "urn:ietf:params:xml:ns:xmpp-stanzas",
];

/** As they stand in the text, so that what no writer would write is among them. */
const oddJson: readonly string[] = [
  '{"__proto__":{"isModerator":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"key":"__proto__","data":{"x":1}}',
  '{"key":"constructor","data":null}',
  '"\\ud800"',
  '{"\\udc00":"\\ud800\\ud800"}',
  "1e999",
  "-0",
  "[]",
  "{}",
  "null",
  '""',
  `${"[".repeat(1_000)}${"]".repeat(1_000)}`,
  `${'{"a":'.repeat(200)}1${"}".repeat(200)}`,
  `[${"0,".repeat(3_000)}0]`,
  `{${Array.from({ length: 400 }, (_, index) => `"k${index}":${index}`).join(",")}}`,
  `"${"x".repeat(5_000)}"`,
  "{",
  "{'a':1}",
  '{"type":"lobby-notify","event":"LOBBY-ENABLED","value":true}',
  '{"type":"av_moderation","enabled":true,"mediaType":"audio"}',
];

type Draw = { readonly at: number; readonly kind: number; readonly pick: number; readonly count: number };

const million = 1_000_000;
/** Drawn evenly, as `fc.double` is not: half of all doubles lie next to nought. */
export const share = fc.noBias(fc.nat(million - 1)).map((part) => part / million);
const draw: fc.Arbitrary<Draw> = fc.record({
  at: share,
  kind: share,
  pick: share,
  count: fc.integer({ min: 1, max: 60 }),
});

const one = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)] as T;

function nodesOf(node: Node): Node[] {
  return [node, ...node.children.flatMap((child) => (typeof child === "string" ? [] : nodesOf(child)))];
}

function setAttribute(node: Node, key: string, value: string): void {
  Object.defineProperty(node.attrs, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What may happen to one element of a stanza; `borrow` is some other stanza. */
const changes: readonly ((node: Node, draw: Draw, borrow: Node) => void)[] = [
  (node, { pick }) => {
    delete node.attrs[one(Object.keys(node.attrs), pick)];
  },
  (node, { pick, at, kind }) => {
    const keys = Object.keys(node.attrs);
    setAttribute(
      node,
      keys.length > 0 ? one(keys, kind * 7 - Math.floor(kind * 7)) : "a",
      one(oddTexts, (pick + at) % 1),
    );
  },
  (node, { pick, count }) => setAttribute(node, one(oddNames, pick), one(oddTexts, (count * pick) % 1)),
  (node, { count }) => {
    for (let index = 0; index < count; index++) setAttribute(node, `a${index}`, "x");
  },
  (node, { pick }) => setAttribute(node, "xmlns", one(oddNamespaces, pick)),
  (node, { pick }) => {
    node.name = one(oddNames, pick);
  },
  (node, { pick }) => {
    node.children = [one(oddTexts, pick)];
  },
  (node, { pick }) => {
    node.children = [one(oddJson, pick)];
  },
  (node, { pick }) => {
    const index = node.children.findIndex((child) => typeof child === "string" && /^[{[]/.test(child));
    if (index >= 0) node.children[index] = changeJson(node.children[index] as string, pick);
  },
  (node, { pick }) => void node.children.splice(Math.floor(pick * node.children.length), 1),
  (node, { pick, count }) => {
    const child = one(node.children, pick);
    if (child === undefined) return;
    const size = typeof child === "string" ? child.length : write(child, false).length;
    // Many of them, and seldom so many bytes that nobody looks at what they are.
    const times = size < 60 ? count * 40 : count;
    node.children.push(...Array.from({ length: times }, () => child));
  },
  (node, { count }) => {
    let inner: Node = { name: "a", attrs: {}, children: node.children };
    for (let depth = 0; depth < count / 2; depth++) inner = { name: "a", attrs: {}, children: [inner] };
    node.children = [inner];
  },
  (node, _draw, borrow) => void node.children.push(...borrow.children),
  (node, _draw, borrow) => {
    node.children = borrow.children;
  },
  (node, { pick }) => {
    node.children.reverse();
    node.children.push(one(oddTexts, pick));
  },
];

/** One value in it becomes another. */
function changeJson(text: string, pick: number): string {
  const values = [...text.matchAll(/"[^"]*"|true|false|null|-?\d+(?:\.\d+)?/g)];
  const value = one(values, pick);
  if (!value) return text;
  const odd = one(oddJson, (pick * 97) % 1);
  return text.slice(0, value.index) + odd + text.slice(value.index + value[0].length);
}

function readNode(xml: string): Node {
  const convert = (element: ReturnType<typeof parse>): Node => ({
    name: element.name,
    attrs: { ...element.attrs } as Record<string, string>,
    children: element.children.map((child) => (typeof child === "string" ? child : convert(child))),
  });
  return convert(parse(xml));
}

/** Text as CDATA too. */
function write({ name, attrs, children }: Node, asCdata: boolean): string {
  const attributes = Object.entries(attrs).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  const inside = children.map((child) => {
    if (typeof child !== "string") return write(child, asCdata);
    return asCdata && !child.includes("]]>") ? `<![CDATA[${child}]]>` : escapeText(child);
  });
  return `<${name}${attributes.join("")}>${inside.join("")}</${name}>`;
}

/** Mostly wrong in one or two places. `root`: what a stanza is stays, so that the server looks at what is in it. */
function damage(template: string, draws: readonly Draw[], borrow: string, asCdata: boolean): string {
  const root = readNode(template);
  for (const each of draws) {
    const nodes = nodesOf(root);
    // Seldom the stanza itself or its payload: what nobody asked for is refused before anybody looks into it.
    const outermost = each.pick < 0.05 ? 0 : each.pick < 0.3 ? 1 : 2;
    const node = one(nodes.slice(Math.min(outermost, nodes.length - 1)), each.at);
    one(changes, each.kind)(node, each, readNode(borrow));
  }
  if (!["iq", "message", "presence"].includes(root.name))
    root.name = one(["iq", "message", "presence"], draws[0]?.pick ?? 0);
  return write(root, asCdata);
}

export function someStanzas(templates: readonly string[], count: number, seed: number): string[] {
  const stanza = fc
    .tuple(
      fc.constantFrom(...templates),
      fc.array(draw, { minLength: 0, maxLength: 3 }),
      fc.constantFrom(...templates),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([template, draws, borrow, cdata]) => damage(template, draws, borrow, cdata === 0));
  return fc.sample(stanza, { numRuns: count, seed });
}
