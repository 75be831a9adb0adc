/** An XML element as the protocol code sees it. Read elements always carry their namespace in `attrs.xmlns`. */
export interface XmlElement {
  readonly name: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

export type XmlNode = XmlElement | string;

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Builds an element; undefined attributes and children are left out. */
export function xml(
  name: string,
  attributes: Attributes = {},
  ...children: readonly (XmlNode | undefined | null | false)[]
): XmlElement {
  const attrs: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) attrs[key] = String(value);
  }
  return {
    name,
    attrs,
    children: children.filter(
      (each): each is XmlNode => each !== undefined && each !== null && each !== false && each !== "",
    ),
  };
}

export function elementsOf(parent: XmlElement | undefined): XmlElement[] {
  return (parent?.children ?? []).filter((each): each is XmlElement => typeof each !== "string");
}

export function childrenNamed(parent: XmlElement | undefined, name: string, xmlns?: string): XmlElement[] {
  return elementsOf(parent).filter((each) => each.name === name && (xmlns === undefined || each.attrs.xmlns === xmlns));
}

export function childNamed(parent: XmlElement | undefined, name: string, xmlns?: string): XmlElement | undefined {
  return childrenNamed(parent, name, xmlns)[0];
}

export function textOf(element: XmlElement | undefined): string {
  return (element?.children ?? []).map((each) => (typeof each === "string" ? each : textOf(each))).join("");
}

export function textOfChild(parent: XmlElement | undefined, name: string, xmlns?: string): string | undefined {
  const child = childNamed(parent, name, xmlns);
  return child && textOf(child);
}

// XML 1.0 has no way to write these at all, not even escaped; a name pasted by a user may hold them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

export function escapeXml(text: string): string {
  return text.replace(UNWRITABLE, "").replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

export function serialise(node: XmlNode): string {
  if (typeof node === "string") return escapeXml(node);
  const attrs = Object.entries(node.attrs)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join("");
  if (node.children.length === 0) return `<${node.name}${attrs}/>`;
  return `<${node.name}${attrs}>${node.children.map(serialise).join("")}</${node.name}>`;
}
