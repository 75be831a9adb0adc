import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { type BucketContract, buckets } from "@veche/proto/storage.ts";
import { type Jid, makeJid } from "../codec/jid.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import type { Config } from "../config.ts";
import type { Domains } from "../domains.ts";
import type { Keeper } from "../state/keeper.ts";
import type { RestoredFeatures } from "../state/restore.ts";
import type { Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import { bridgeContent, gatewayContent, recorderContent } from "./brewery-content.ts";
import { BreweryMirror, type ContentAt, type MirrorRules } from "./brewery-mirror.ts";
import { BreweryRoom } from "./brewery-room.ts";

export type BreweryLimits = MirrorRules & { readonly watchers: number };

type BreweryConfig = Pick<Config, "JIBRI_BREWERY_MUC" | "JVB_BREWERY_MUC" | "JIGASI_BREWERY_MUC">;

type Given = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly config: BreweryConfig;
  readonly domains: Domains;
  readonly keeper: Keeper;
  readonly sessions: Pick<Sessions, "byJid">;
  readonly limits: { readonly breweries: BreweryLimits };
};

type Tell = (instance: string, content: ContentAt | undefined) => void;

type Brewery = { readonly name: string; readonly watch: (bus: Bus, tell: Tell) => Promise<Subscription> };

/** Each role that is seen in a room: the room's name, its bucket, and what is shown of a state in it. */
function listBreweries(config: BreweryConfig): readonly Brewery[] {
  return [
    breweryOf(config.JIBRI_BREWERY_MUC, buckets.recorders, RecorderStateSchema, recorderContent),
    breweryOf(config.JVB_BREWERY_MUC, buckets.bridges, BridgeHeartbeatSchema, bridgeContent),
    breweryOf(config.JIGASI_BREWERY_MUC, buckets.gateways, GatewayStateSchema, gatewayContent),
  ];
}

function breweryOf<M extends DescMessage>(
  name: string,
  contract: BucketContract,
  schema: M,
  content: (state: MessageShape<M>, atMs: number) => string,
): Brewery {
  return {
    name: name.toLowerCase(),
    watch: async (bus, tell) => {
      const bucket = await bus.bucket(contract, schema);
      return bucket.watch(({ key, value }) => tell(key, value && ((atMs) => content(value, atMs))));
    },
  };
}

/** Names the records of who watches. */
const keptAs = "brewery";

type KeptWatcher = { readonly realJid: string; readonly nick: string };

/** The brewery rooms: in each, the instances of a role as they stand in its bucket. */
export class Breweries implements Disposable {
  readonly host: string;
  readonly #given: Given;
  readonly #rooms = new Map<string, BreweryRoom>();
  readonly #open: Subscription[] = [];
  /** Who was in when a process before this one ended. */
  readonly #lost: { readonly room: BreweryRoom; readonly session: Session }[] = [];

  private constructor(given: Given) {
    this.#given = given;
    this.host = given.domains.internalMuc;
  }

  static async open(given: Given): Promise<Breweries> {
    const { bus, clock, config, domains, limits } = given;
    const breweries = new Breweries(given);
    const { host } = breweries;
    const { main, guest, hidden, auth, focus } = domains;
    if ([main, guest, hidden, auth, focus].includes(host) || domains.tenantOf(host) !== undefined) {
      throw new Error(`XMPP_INTERNAL_MUC_DOMAIN: expected a host that is nothing else, found "${host}"`);
    }
    for (const { name, watch } of listBreweries(config)) {
      if (breweries.#rooms.has(name)) throw new Error(`expected a room for each role, found "${name}" for two of them`);
      const { bare: jid } = makeJid(name, host);
      const room = new BreweryRoom({ tenant: host, room: roomId(name, host), name, jid });
      breweries.#rooms.set(name, room);
      const mirror = new BreweryMirror({
        clock,
        rules: limits.breweries,
        show: (instance, content) => breweries.#show(room, instance, content),
        withdraw: (instance) => room.withdraw(instance),
      });
      breweries.#open.push(await watch(bus, (instance, content) => mirror.tell(instance, content)));
    }
    return breweries;
  }

  get rooms(): readonly BreweryRoom[] {
    return [...this.#rooms.values()];
  }

  at({ local }: Jid): BreweryRoom | undefined {
    return this.#rooms.get(local);
  }

  enter(room: BreweryRoom, session: Session, nick: string): void {
    room.enter(session, nick);
    const watcher: KeptWatcher = { realJid: session.jid.full, nick };
    this.#given.keeper.keepItem(room, keptAs, session.jid.resource, watcher);
  }

  leave(room: BreweryRoom, session: Session, statuses: readonly number[] = []): void {
    if (room.nickOf(session) === undefined) return;
    room.leave(session, statuses);
    this.#given.keeper.keepItem(room, keptAs, session.jid.resource, undefined);
  }

  sessionEnded(session: Session): void {
    for (const room of this.rooms) this.leave(room, session);
  }

  restored(kept: RestoredFeatures): void {
    const { keeper, sessions } = this.#given;
    for (const room of this.rooms) {
      const features = kept.get(room.address.jid);
      if (!features) continue;
      keeper.adoptItems(room, features);
      for (const [item, value] of features.get(keptAs) ?? []) {
        const { realJid, nick } = value as KeptWatcher;
        const session = sessions.byJid(realJid);
        if (!session) {
          keeper.keepItem(room, keptAs, item, undefined);
          continue;
        }
        room.restore(session, nick);
        this.#lost.push({ room, session });
      }
    }
  }

  /** Nobody knows what they had seen: they are out, know it, and may come in again. */
  sayLost(): void {
    for (const { room, session } of this.#lost.splice(0)) this.leave(room, session, [mucStatus.serverRestarted]);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#open.splice(0)) subscription.close();
  }

  /** The nickname is the instance's, whoever has it. */
  #show(room: BreweryRoom, instance: string, content: string): void {
    for (const session of room.watchersNamed(instance)) this.leave(room, session, [mucStatus.kicked]);
    room.show(instance, content);
  }
}
