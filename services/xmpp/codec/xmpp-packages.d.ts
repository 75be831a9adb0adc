declare module "@xmpp/xml" {
  export class Element {
    name: string;
    parent: Element | null;
    children: (Element | string)[];
    attrs: Record<string, string | undefined>;
    constructor(name: string, attrs?: Record<string, string | undefined>);
    getNS(): string | undefined;
    getText(): string;
    append(...nodes: (Element | string)[]): void;
  }
}

declare module "@xmpp/jid" {
  export class JID {
    constructor(local: string | undefined, domain: string, resource?: string);
    readonly local: string;
    readonly domain: string;
    readonly resource: string;
    toString(): string;
  }
  export function detectEscape(local: string): boolean;
  export function parse(text: string): JID;
}
