import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "./namespaces.ts";

const ASK_EVERY = 5;
const WRAP = 2 ** 32;

/** Who has seen how much (XEP-0198): counts stanzas both ways and keeps what the server has not confirmed. */
export class StreamManagement {
  id: string | undefined;
  #enabled = false;
  #sent = 0;
  #acknowledged = 0;
  #received = 0;
  #unacknowledged: XmlElement[] = [];

  get resumable(): boolean {
    return this.#enabled && this.id !== undefined;
  }

  get unacknowledged(): readonly XmlElement[] {
    return this.#unacknowledged;
  }

  /** After `<enable/>` both counts begin at zero, whatever an earlier stream had. */
  enable(): void {
    this.#enabled = true;
    this.id = undefined;
    this.#sent = 0;
    this.#acknowledged = 0;
    this.#received = 0;
    this.#unacknowledged = [];
  }

  disable(): void {
    this.#enabled = false;
    this.id = undefined;
    this.#unacknowledged = [];
  }

  /** Notes a stanza on its way out and says whether the server should now be asked how much it has. */
  sending(stanza: XmlElement): boolean {
    if (!this.#enabled) return false;
    this.#unacknowledged.push(stanza);
    this.#sent = (this.#sent + 1) % WRAP;
    return this.#unacknowledged.length % ASK_EVERY === 0;
  }

  receiving(): void {
    if (this.#enabled) this.#received = (this.#received + 1) % WRAP;
  }

  acknowledge(h: number): void {
    const confirmed = (h - this.#acknowledged + WRAP) % WRAP;
    if (!Number.isInteger(h) || confirmed > this.#unacknowledged.length) return;
    this.#acknowledged = h;
    this.#unacknowledged.splice(0, confirmed);
  }

  /** The stanzas to send again once the server has said what it got before the link broke. */
  resumed(h: number): readonly XmlElement[] {
    this.acknowledge(h);
    return [...this.#unacknowledged];
  }

  answer(): XmlElement {
    return xml("a", { xmlns: NS.streamManagement, h: this.#received });
  }

  resume(): XmlElement {
    return xml("resume", { xmlns: NS.streamManagement, h: this.#received, previd: this.id });
  }
}
