import { Lobby } from "../../protocol/conference/lobby.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import type { CallState, JoinProblem } from "./state.ts";

export interface KnockingEvents {
  /** The way into the room is free, or the lobby is not where it was: ask for the room again. */
  enter(): void;
  refuse(problem: JoinProblem, text: string): void;
  over(reason: string): void;
}

/** Waits before a room with a lobby until a moderator decides. */
export class Knocking {
  readonly #lobby: Lobby;
  readonly #state: CallState;

  constructor(jid: string, nick: string, connection: XmppConnection, state: CallState, events: KnockingEvents) {
    this.#state = state;
    this.#lobby = new Lobby(jid, nick, connection, {
      entered: () => {},
      knocks: () => {},
      leaves: () => {},
      rejected: () => events.refuse("rejected", ""),
      closed: (isRoomOpen, reason) => (isRoomOpen ? events.enter() : events.over(reason)),
      refused: (error) => {
        if (error.says("displayname-required")) this.#stepTo("name");
        // The lobby is gone, and with it perhaps the need to knock.
        else if (error.condition === "not-allowed" || error.condition === "item-not-found") events.enter();
        else events.refuse("other", error.message);
      },
      said: (_from, text) => state.lobbyTalk.add({ with: "", text, isOwn: false }),
    });
    this.ask();
  }

  /** Moderators have to see who asks. */
  ask(): void {
    const name = this.#state.name.value.trim();
    this.#stepTo(name === "" ? "name" : "asking");
    if (name !== "") this.#lobby.enter(name);
  }

  /** To the moderators, or to the one who has written. */
  say(text: string): void {
    this.#state.lobbyTalk.add({ with: "", text, isOwn: true });
    this.#lobby.say(text, undefined);
  }

  get jid(): string {
    return this.#lobby.jid;
  }

  receive(stanza: XmlElement): boolean {
    return this.#lobby.receive(stanza);
  }

  leave(): void {
    this.#lobby.leave();
  }

  #stepTo(step: "name" | "asking"): void {
    this.#state.phase.value = { name: "knocking", step };
  }
}
