/** XEP-0004 2.13, https://xmpp.org/extensions/xep-0004.html: data forms. */
import { ns } from "./namespaces.ts";
import { atMost, bounded, type Read, reading, unreadable } from "./reading.ts";
import { childOf, childrenOf, type Element, el, isElement } from "./xml/element.ts";

export type FormField = {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  readonly label?: string;
};

export function writeForm(kind: "form" | "result", formType: string, fields: readonly FormField[]): Element {
  return el(
    "x",
    { xmlns: ns.data, type: kind },
    writeField({ name: "FORM_TYPE", value: formType, type: "hidden" }),
    fields.map(writeField),
  );
}

function writeField({ name, value, type, label }: FormField): Element {
  return el("field", { var: name, type, label }, el("value", {}, value));
}

export type Submission =
  | { readonly type: "cancel" }
  | { readonly type: "submit"; readonly fields: ReadonlyMap<string, string> };

/** A submitted form; of a field with several values the first counts. */
export function readSubmission(form: Element | undefined): Read<Submission> {
  return reading(() => {
    if (!form || !isElement(form, "x", ns.data)) return unreadable("expected a form (jabber:x:data)");
    if (form.attrs.type === "cancel") return { type: "cancel" };
    if (form.attrs.type !== "submit") return unreadable('a form is of type "submit" or "cancel"');
    const fields = new Map<string, string>();
    for (const field of atMost(childrenOf(form, "field"), 64, "fields")) {
      const name = bounded(field.attrs.var ?? "", "name of a field", 128);
      if (name !== "") fields.set(name, bounded(childOf(field, "value")?.getText() ?? "", name, 4096));
    }
    return { type: "submit", fields };
  });
}

/** XEP-0004 3.3: booleans are written in two ways. */
export function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true";
}
