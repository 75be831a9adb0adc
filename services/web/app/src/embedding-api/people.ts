import type { Fields } from "../protocol/embedding/wire.ts";

export interface ParticipantInfo {
  participantId: string;
  displayName?: unknown;
  formattedDisplayName?: unknown;
  avatarURL?: unknown;
  email?: unknown;
}

/** Who is in the meeting, as the app's events tell. */
export class People {
  readonly #known = new Map<string, ParticipantInfo>();
  #ownId: string | undefined;
  /** Over all breakout rooms, once there are some. */
  #inRooms: number | undefined;

  hear(name: string, data: Fields): void {
    const id = String(data.id ?? "");
    switch (name) {
      case "video-conference-joined":
        this.#ownId = id;
        this.#set(id, data, ["displayName", "formattedDisplayName", "avatarURL", "email"]);
        return;
      case "participant-joined":
        this.#set(id, data, ["displayName", "formattedDisplayName", "avatarURL", "email"]);
        return;
      case "participant-left":
        this.#known.delete(id);
        return;
      case "video-conference-left":
        if (this.#ownId !== undefined) this.#known.delete(this.#ownId);
        this.#inRooms = undefined;
        return;
      case "display-name-change":
        if (this.#known.has(id))
          this.#set(id, { ...data, displayName: data.displayname }, ["displayName", "formattedDisplayName"]);
        return;
      case "email-change":
        if (this.#known.has(id)) this.#set(id, data, ["email"]);
        return;
      case "avatar-changed":
        if (this.#known.has(id)) this.#set(id, data, ["avatarURL"]);
        return;
      case "breakout-rooms-updated":
        this.#inRooms = countInRooms(data.rooms);
    }
  }

  get(id: string): ParticipantInfo | undefined {
    return this.#known.get(id);
  }

  get list(): ParticipantInfo[] {
    return [...this.#known.values()].map((each) => ({ ...each }));
  }

  get count(): number {
    return this.#inRooms ?? this.#known.size;
  }

  #set(id: string, data: Fields, names: readonly (keyof ParticipantInfo)[]): void {
    const told = names.filter((name) => data[name] !== undefined).map((name) => [name, data[name]]);
    this.#known.set(id, { ...this.#known.get(id), ...Object.fromEntries(told), participantId: id });
  }
}

/** Undefined while everybody is in one room. */
function countInRooms(rooms: unknown): number | undefined {
  const each = Object.values((rooms ?? {}) as Readonly<Record<string, { readonly participants?: object } | null>>);
  if (each.length < 2) return undefined;
  return each.reduce((sum, room) => sum + Object.keys(room?.participants ?? {}).length, 0);
}
