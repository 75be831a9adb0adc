import { Element } from "./element.ts";

// Illegal in XML 1.0: they can only come from JSON, and one of them would break the receiver's whole stream.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const unsafeText = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const unsafeAttribute = /[&<>"'\u0000-\u001f\ufffe\uffff]/g;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#xA;",
  "\r": "&#xD;",
  "\t": "&#x9;",
};

const escapeOne = (character: string): string => escapes[character] ?? "";

export function escapeText(text: string): string {
  return text.search(unsafeText) < 0 ? text : text.replace(unsafeText, escapeOne);
}

export function escapeAttribute(text: string): string {
  return text.search(unsafeAttribute) < 0 ? text : text.replace(unsafeAttribute, escapeOne);
}

/** Writes a tree as it is: the parser and the codecs see to it that every element that changes namespace says so itself. */
export function serialise(element: Element): string {
  let text = `<${element.name}`;
  for (const key in element.attrs) {
    const value = element.attrs[key];
    if (value !== undefined) text += ` ${key}="${escapeAttribute(value)}"`;
  }
  return element.children.length === 0 ? `${text}/>` : `${text}>${serialiseChildren(element)}</${element.name}>`;
}

export function serialiseChildren(element: Element): string {
  let text = "";
  for (const child of element.children) {
    text += child instanceof Element ? serialise(child) : escapeText(String(child));
  }
  return text;
}
