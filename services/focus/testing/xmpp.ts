import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type {
  ControlRecordingRequest,
  ControlRecordingResponse,
  DialOutRequestSchema,
} from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import {
  Affiliation,
  OccupantKind,
  type RecordingStatus,
  Role,
  type RoomPolicySchema,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { focus, muc, xmpp } from "@veche/proto/subjects.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { Source, Transport } from "../domain/media.ts";
import { aCamera, aMicrophone, aPlainTransport, aTransport, someDescriptions, soundAlone } from "./samples.ts";

export function aRoom(name: string): RoomRef {
  return { tenant: "main", room: roomId(name), name, jid: `${name}@muc.meet.jitsi` };
}

/** One client as the server and the other side of its Jingle session see it. */
export type FakeClient = {
  readonly endpoint: string;
  readonly ref: RoomRef;
  /** Jingle sessions it was invited to, in order. */
  readonly invitations: string[];
  bridgeSession: string;
  /** Current session; "" while it has none. */
  session: string;
  /** Remote sources it knows, with the SSRCs it was told. */
  readonly remote: Map<string, Source>;
  /** Everything that reached it, in order. */
  readonly heard: string[];
  /** What its accept holds. */
  sources: Source[];
  acceptsByItself: boolean;
  affiliation: Affiliation;
  features: string[];
  muted: Set<string>;
  raisedHandMs: bigint;
  interrupted: boolean;
  displayName: string;
  /** Name of the account it signed in with; "": a guest. */
  account: string;
  isEntitled: boolean;
  region: string;
  /** Of a telephone call; "": it is none. */
  gateway: string;
  phone: string;
  /** Sitting and transport of its last invitation. */
  conference: string;
  offered: Transport | undefined;
};

export type Policy = Partial<Omit<MessageInitShape<typeof RoomPolicySchema>, "$typeName">>;

type FakeRoom = {
  readonly ref: RoomRef;
  seq: bigint;
  readonly clients: Map<string, FakeClient>;
  hasFocus: boolean;
  policy: Policy;
};

/** How the real server names a person. */
export function personOf(endpoint: string, account = ""): string {
  return account === "" ? `p_${endpoint}` : `p_${account}`;
}

/** An XMPP server without XML: rooms, their occupants, and clients that answer invitations. */
export class FakeXmpp implements Disposable {
  readonly rooms: Map<string, FakeRoom>;
  readonly #unit: string;
  readonly presences: string[] = [];
  /** As the focus shows them now: "session status". */
  recordings: readonly RecordingStatus[] = [];
  properties: Readonly<Record<string, string>> = {};
  readonly failures: unknown[] = [];
  /** What happens between the focus's word that the room is to be closed and the deed. */
  beforeClosing = () => {};
  /** How long it takes until it says who is there. */
  beforeSnapshot: () => Promise<void> = () => Promise.resolve();
  instance = "xmpp-1";
  readonly #bus: Bus;
  #open: Subscription[] = [];
  #ssrc = 1_000;
  #losesNext = false;

  constructor(bus: Bus, unit = "main", rooms = new Map<string, FakeRoom>()) {
    this.#bus = bus;
    this.#unit = unit;
    this.rooms = rooms;
    this.#serve();
  }

  /** As a browser: the conference request, then presence. */
  async join(name: string, endpoint: string, changes: Partial<FakeClient> = {}): Promise<FakeClient> {
    await this.ask(name, endpoint, changes);
    return this.enter(name, endpoint, changes);
  }

  /** The conference request alone. */
  async ask(name: string, endpoint: string, changes: Partial<FakeClient> = {}, room = aRoom(name)) {
    const { account = "", isEntitled = false } = changes;
    const person = personOf(endpoint, account);
    const who = {
      person,
      userId: account,
      entitledModerator: isEntitled,
      kind: account === "" ? "anonymous" : "account",
    };
    const from = `${endpoint}@meet.jitsi/r`;
    return this.#bus.request(
      focus.requestConference,
      { unit: this.#unit },
      { room, from, authenticated: account !== "", who },
    );
  }

  /** The server of another unit to which the same people have come. */
  twin(bus: Bus, unit: string): FakeXmpp {
    const twin = new FakeXmpp(bus, unit, this.rooms);
    twin.#ssrc = this.#ssrc + 50_000;
    return twin;
  }

  /** The room's policy changed. */
  setPolicy(name: string, change: Policy, changed: readonly string[], by = ""): void {
    const room = this.#roomNamed(name);
    room.policy = { ...room.policy, ...change };
    this.#say(room, muc.roomUpdated, { changed, policy: room.policy, by });
  }

  /** An event of a feature. */
  says(name: string, contract: RoomEvent, message: object): void {
    this.#say(this.#roomNamed(name), contract, message);
  }

  /** Presence alone. */
  enter(name: string, endpoint: string, changes: Partial<FakeClient> = {}): FakeClient {
    const room = this.#roomNamed(name);
    this.#ssrc += 100;
    const client: FakeClient = {
      endpoint,
      ref: room.ref,
      invitations: [],
      bridgeSession: "",
      session: "",
      remote: new Map(),
      heard: [],
      sources: [aMicrophone(endpoint, this.#ssrc), aCamera(endpoint, this.#ssrc + 1)],
      acceptsByItself: true,
      affiliation: Affiliation.NONE,
      features: [],
      muted: new Set(),
      raisedHandMs: 0n,
      interrupted: false,
      displayName: `Name of ${endpoint}`,
      account: "",
      isEntitled: false,
      region: "",
      gateway: "",
      phone: "",
      conference: "",
      offered: undefined,
      ...changes,
    };
    room.clients.set(endpoint, client);
    this.#say(room, muc.occupantJoined, { occupant: this.#describe(client) });
    return client;
  }

  /** A telephone call comes in, as a gateway lets it: the conference request is the XMPP server's. */
  async ring(name: string, endpoint: string, changes: Partial<FakeClient> = {}): Promise<FakeClient> {
    await this.ask(name, endpoint);
    return this.call(name, endpoint, changes);
  }

  /** The same into a room that is open. */
  call(name: string, endpoint: string, changes: Partial<FakeClient> = {}): FakeClient {
    this.#ssrc += 100;
    return this.enter(name, endpoint, {
      sources: [aMicrophone(endpoint, this.#ssrc)],
      features: ["http://jitsi.org/protocol/audio-mute", "urn:veche:acknowledges-applied"],
      gateway: "sip-1",
      phone: "+74951234567",
      ...changes,
    });
  }

  leave(client: FakeClient, reason = "client", by = ""): void {
    const room = this.#roomOf(client);
    room.clients.delete(client.endpoint);
    this.#say(room, muc.occupantLeft, { endpoint: client.endpoint, reason, by });
  }

  /** Gone without a word: as when the server restarts and does not find it again. */
  vanish(client: FakeClient): void {
    this.#roomOf(client).clients.delete(client.endpoint);
  }

  interrupt(client: FakeClient): void {
    client.interrupted = true;
    this.#say(this.#roomOf(client), muc.occupantInterrupted, { endpoint: client.endpoint });
  }

  resume(client: FakeClient): void {
    client.interrupted = false;
    this.#say(this.#roomOf(client), muc.occupantResumed, { endpoint: client.endpoint });
  }

  /** Its presence changed. */
  update(client: FakeClient, changes: Partial<FakeClient>): void {
    Object.assign(client, changes);
    this.#say(this.#roomOf(client), muc.occupantUpdated, { occupant: this.#describe(client) });
  }

  destroy(name: string, reason: string, by: string): void {
    const room = this.rooms.get(roomId(name));
    if (!room) return;
    this.rooms.delete(roomId(name));
    this.#say(room, muc.roomDestroyed, { reason, by });
  }

  writes(client: FakeClient): void {
    this.#say(this.#roomOf(client), muc.messageSent, { endpoint: client.endpoint, private: false });
  }

  async addSources(client: FakeClient, ...sources: Source[]): Promise<void> {
    const { ref: room, endpoint, session: jingleSession } = client;
    await this.#bus.request(focus.addSources, { unit: this.#unit }, { room, endpoint, jingleSession, sources });
  }

  async removeSources(client: FakeClient, ...sources: Source[]): Promise<void> {
    const { ref: room, endpoint, session: jingleSession } = client;
    await this.#bus.request(focus.removeSources, { unit: this.#unit }, { room, endpoint, jingleSession, sources });
  }

  async terminate(client: FakeClient, restart: boolean, bridgeSession = client.bridgeSession): Promise<void> {
    const { ref: room, endpoint, session: jingleSession } = client;
    const request = { room, endpoint, jingleSession, reason: "connectivity-error", bridgeSession, restart };
    await this.#bus.request(focus.terminateSession, { unit: this.#unit }, request);
  }

  async record(
    asker: FakeClient,
    wish: Partial<Omit<ControlRecordingRequest, "$typeName" | "$unknown" | "room" | "endpoint">>,
  ): Promise<ControlRecordingResponse> {
    const { ref: room, endpoint } = asker;
    const options = { timeoutMs: 8_000 };
    return this.#bus.request(focus.controlRecording, { unit: this.#unit }, { room, endpoint, ...wish }, options);
  }

  /** Returns the endpoint of the call. */
  async dial(asker: FakeClient, wish: DialWish = {}): Promise<string> {
    const { ref: room, endpoint } = asker;
    const options = { timeoutMs: 10_000 };
    const request = { room, endpoint, to: "+74951234567", ...wish };
    return (await this.#bus.request(focus.dialOut, { unit: this.#unit }, request, options)).endpoint;
  }

  async mute(asker: FakeClient, target: string, muted = true, media = "audio"): Promise<void> {
    const { ref: room, endpoint } = asker;
    await this.#bus.request(focus.requestMute, { unit: this.#unit }, { room, endpoint, target, media, muted });
  }

  async accept(client: FakeClient, changes: Partial<AcceptChanges> = {}): Promise<void> {
    const { ref: room, endpoint, session, sources, gateway } = client;
    const media = gateway === "" ? [someDescriptions, aTransport] : [soundAlone, aPlainTransport];
    const [descriptions, transport] = media as [typeof someDescriptions, typeof aTransport];
    await this.#bus.request(
      focus.acceptSession,
      { unit: this.#unit },
      {
        room,
        endpoint,
        jingleSession: session,
        descriptions,
        transport,
        sources,
        ...changes,
      },
      { timeoutMs: 8_000 },
    );
  }

  /** Numbered, and never heard of. */
  loseNextEvent(): void {
    this.#losesNext = true;
  }

  /** As kill -9: nothing is answered. */
  stop(): void {
    for (const subscription of this.#open.splice(0)) subscription.close();
  }

  /** Another process with the same rooms; the numbering begins anew. */
  restart(): void {
    this.stop();
    this.instance = `xmpp-${Number(this.instance.split("-")[1]) + 1}`;
    for (const room of this.rooms.values()) room.seq = 0n;
    this.#serve();
    this.#bus.publish(
      muc.serverUp,
      { unit: this.#unit },
      { unit: this.#unit, instance: this.instance, hostId: "here" },
    );
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #serve(): void {
    const mine = { unit: this.#unit };
    this.#open = [
      this.#bus.serve(
        xmpp.snapshot,
        async () => {
          await this.beforeSnapshot();
          const rooms = [...this.rooms.values()].map((room) => this.#snapshot(room));
          return { instance: this.instance, hostId: "here", rooms };
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.openRoom,
        ({ room: ref }) => {
          if (!ref) throw new VecheError("invalid-argument", "which room?");
          const known = this.rooms.get(ref.room);
          const room = known ?? { ref, seq: 0n, clients: new Map<string, FakeClient>(), hasFocus: true, policy: {} };
          room.hasFocus = true;
          this.rooms.set(ref.room, room);
          return { snapshot: this.#snapshot(room), created: known === undefined };
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.closeRoom,
        ({ room: ref, onlyEmpty, withoutPeople }) => {
          this.beforeClosing();
          const room = this.rooms.get(ref?.room ?? "");
          const isKept = room?.policy.breakouts?.some(({ occupants = 0 }) => occupants > 0);
          const there = [...(room?.clients.values() ?? [])].filter(({ gateway }) => !withoutPeople || gateway === "");
          if (onlyEmpty && room && (there.length > 0 || isKept)) {
            throw new VecheError("failed-precondition", "somebody is there");
          }
          this.rooms.delete(ref?.room ?? "");
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.setFocusPresence,
        ({ presence }) => {
          this.recordings = presence?.recordings ?? [];
          this.properties = presence?.properties ?? {};
          this.presences.push(presence?.bridgeNotAvailable ? "bridge-not-available" : "bridge-available");
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.setAffiliation,
        ({ room, endpoint, affiliation }) => {
          const client = this.#clientOf(room?.room, endpoint);
          this.update(client, { affiliation });
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.initiateSession,
        ({ room, endpoint, jingleSession, bridgeSession, sources, startAudioMuted, startVideoMuted, ...offer }) => {
          const client = this.#clientOf(room?.room, endpoint);
          client.conference = offer.conference;
          client.offered = offer.transport;
          client.heard.push(`initiate ${jingleSession}`);
          if (startAudioMuted) client.heard.push("start with the microphone muted");
          if (startVideoMuted) client.heard.push("start with the camera muted");
          client.invitations.push(jingleSession);
          client.session = jingleSession;
          client.bridgeSession = bridgeSession;
          client.remote.clear();
          for (const source of sources) if (source.owner !== "jvb") client.remote.set(source.name, source);
          if (client.acceptsByItself) {
            void Promise.resolve()
              .then(() => this.accept(client))
              .catch((error: unknown) => this.failures.push(error));
          }
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.announceSources,
        ({ room, endpoint, jingleSession, sources }) => {
          const client = this.#sessionOf(room?.room, endpoint, jingleSession);
          client.heard.push(`add ${sources.map(({ name }) => name).join(" ")}`);
          for (const source of sources) {
            if (client.remote.has(source.name))
              this.failures.push(new Error(`${endpoint} was told ${source.name} twice`));
            client.remote.set(source.name, source);
          }
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.withdrawSources,
        ({ room, endpoint, jingleSession, sources }) => {
          const client = this.#sessionOf(room?.room, endpoint, jingleSession);
          client.heard.push(`remove ${sources.map(({ name }) => name).join(" ")}`);
          for (const source of sources) client.remote.delete(source.name);
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        xmpp.endSession,
        ({ room, endpoint, jingleSession, reason }) => {
          const client = this.#sessionOf(room?.room, endpoint, jingleSession);
          client.heard.push(`terminate ${reason}`);
          client.session = "";
          client.remote.clear();
          return {};
        },
        mine,
      ),
      this.#bus.serve(xmpp.replaceTransport, () => ({}), mine),
      this.#bus.serve(
        xmpp.askToMute,
        ({ room, endpoint, media, actor }) => {
          this.#clientOf(room?.room, endpoint).heard.push(`mute ${media} by ${actor}`);
          return {};
        },
        mine,
      ),
    ];
  }

  #say(room: FakeRoom, contract: RoomEvent, message: object): void {
    room.seq += 1n;
    if (this.#losesNext) {
      this.#losesNext = false;
      return;
    }
    const full = { ...message, room: room.ref, roomSeq: room.seq };
    this.#bus.publish(contract as typeof muc.occupantJoined, { unit: this.#unit, room: room.ref.room }, full);
  }

  #snapshot(room: FakeRoom) {
    return {
      room: room.ref,
      roomSeq: room.seq,
      meetingId: `meeting-${room.ref.name}`,
      occupants: [...room.clients.values()].map((client) => this.#describe(client)),
      focusPresent: room.hasFocus,
      policy: room.policy,
    };
  }

  #describe(client: FakeClient) {
    return {
      endpoint: client.endpoint,
      region: client.region,
      realJid: `${client.endpoint}@meet.jitsi/r`,
      role: client.affiliation === Affiliation.OWNER ? Role.MODERATOR : Role.PARTICIPANT,
      affiliation: client.affiliation,
      person: personOf(client.endpoint, client.account),
      authenticated: client.account !== "",
      entitledModerator: client.isEntitled,
      userId: client.account,
      ...(client.gateway === "" ? {} : { kind: OccupantKind.SIP, service: true }),
      gateway: client.gateway,
      phone: client.phone,
      displayName: client.displayName,
      features: client.features,
      sources: client.sources.map(({ name }) => ({ name, muted: client.muted.has(name) })),
      raisedHandMs: client.raisedHandMs,
      interrupted: client.interrupted,
    };
  }

  #roomNamed(name: string): FakeRoom {
    const room = this.rooms.get(roomId(name));
    if (!room) throw new Error(`room ${name} is not open`);
    return room;
  }

  #roomOf(client: FakeClient): FakeRoom {
    const room = this.rooms.get(client.ref.room);
    if (!room) throw new Error("the room is gone");
    return room;
  }

  #clientOf(room: string | undefined, endpoint: string): FakeClient {
    const client = this.rooms.get(room ?? "")?.clients.get(endpoint);
    if (!client) throw new VecheError("not-found", `no occupant ${endpoint}`);
    return client;
  }

  #sessionOf(room: string | undefined, endpoint: string, session: string): FakeClient {
    const client = this.#clientOf(room, endpoint);
    if (client.session !== session) throw new VecheError("failed-precondition", `no session ${session}`);
    return client;
  }
}

type RoomEvent = Exclude<(typeof muc)[keyof typeof muc], typeof muc.serverUp>;

type DialWish = Partial<
  Omit<MessageInitShape<typeof DialOutRequestSchema>, "$typeName" | "$unknown" | "room" | "endpoint">
>;

type AcceptChanges = {
  readonly descriptions: typeof someDescriptions;
  readonly transport: typeof aTransport;
  readonly sources: Source[];
};
