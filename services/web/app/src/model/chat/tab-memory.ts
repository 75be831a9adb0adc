import { recordIn } from "../../protocol/json.ts";

const MAX_IDS = 20;

/**
 * What this tab knows of its visits to a room: under which endpoint ids it was there, and until when its messages were
 * read. So a reload makes nobody a stranger to their own words.
 */
export class TabMemory {
  #room = "";
  #ids: readonly string[] = [];
  #readUntil = 0;

  /** From then on it is about this room; true where it was about another. */
  open(room: string): boolean {
    if (room === this.#room) return false;
    const wasOpen = this.#room !== "";
    this.#room = room;
    const { ids, readUntil } = stored(room);
    this.#ids = Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
    this.#readUntil = typeof readUntil === "number" ? readUntil : 0;
    return wasOpen;
  }

  wasUs(id: string): boolean {
    return this.#ids.includes(id);
  }

  isNews(sentAt: number): boolean {
    return sentAt > this.#readUntil;
  }

  noteId(id: string): void {
    this.#ids = [...this.#ids.filter((each) => each !== id), id].slice(-MAX_IDS);
    this.#keep();
  }

  noteRead(until: number): void {
    if (until <= this.#readUntil) return;
    this.#readUntil = until;
    this.#keep();
  }

  #keep(): void {
    try {
      const value = { ids: this.#ids, readUntil: this.#readUntil };
      if (this.#room) sessionStorage.setItem(keyOf(this.#room), JSON.stringify(value));
    } catch {
      // Storage may be forbidden or full; then a reload begins anew.
    }
  }
}

function stored(room: string): { readonly ids?: unknown; readonly readUntil?: unknown } {
  try {
    return recordIn(JSON.parse(sessionStorage.getItem(keyOf(room)) ?? "null"));
  } catch {
    return {};
  }
}

function keyOf(room: string): string {
  return `veche.chat.${room}`;
}
