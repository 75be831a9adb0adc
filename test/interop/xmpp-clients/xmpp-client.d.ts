declare module "@xmpp/client" {
  /** An element, and what it is asked. */
  export interface XmlElement {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
    getChildText(name: string): string | null;
    getChild(name: string, xmlns?: string): XmlElement | undefined;
    getChildren(name: string): readonly XmlElement[];
  }
  export interface Jid {
    toString(): string;
    readonly local: string;
  }
  export interface XmppClient {
    start(): Promise<Jid>;
    stop(): Promise<unknown>;
    send(element: XmlElement): Promise<void>;
    disconnect(): Promise<unknown>;
    on(event: "stanza", listener: (stanza: XmlElement) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    on(event: "online", listener: (address: Jid) => void): this;
    readonly iqCaller: { request(iq: XmlElement): Promise<XmlElement> };
    readonly reconnect: { delay: number; stop(): void };
    readonly streamManagement: {
      readonly enabled: boolean;
      readonly id: string;
    };
    readonly socket: { end(): void } | null;
  }
  export function client(options: {
    readonly service: string;
    readonly domain: string;
    readonly username?: string;
    readonly password?: string;
  }): XmppClient;
  export function xml(
    name: string,
    attrs?: Readonly<Record<string, string>>,
    ...children: readonly (XmlElement | string)[]
  ): XmlElement;
}
