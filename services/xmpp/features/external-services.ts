import type { Clock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import { makeTurnCredentials } from "../codec/turn-credentials.ts";
import {
  readCredentialsRequest,
  readServicesRequest,
  writeServices,
  writeServicesJson,
} from "../codec/xep0215-external-services.ts";
import type { Config } from "../config.ts";
import { type Credentials, type ExternalService, withCredentials } from "../domain/external-services.ts";
import type { Session } from "../stream/session.ts";
import { offeredServices } from "../turn-settings.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";

const unknownService = stanzaError("cancel", "item-not-found", "this server knows no such service");

type Given = { readonly config: Config; readonly clock: Clock };

/**
 * STUN and TURN servers for clients (XEP-0215); an empty list is an answer too. Jitsi's clients read them in the
 * metadata of the room.
 */
export function externalServices(given: Given): Feature {
  const directory = new ServiceDirectory(given);
  const all =
    (namespace: string) =>
    (session: Session, { payload }: Iq) =>
      listed(directory, namespace, session, payload);
  const some =
    (namespace: string) =>
    (session: Session, { payload }: Iq) =>
      proven(directory, namespace, session, payload);
  return {
    domainFeatures: [ns.extdisco2],
    serverIqs: {
      [iqAbout("services", ns.extdisco2)]: all(ns.extdisco2),
      [iqAbout("services", ns.extdisco1)]: all(ns.extdisco1),
      [iqAbout("credentials", ns.extdisco2)]: some(ns.extdisco2),
      [iqAbout("credentials", ns.extdisco1)]: some(ns.extdisco1),
    },
    rooms: {
      name: "external-services",
      extraMetadata: (_room, { receiver }) => {
        const services = directory.for(receiver);
        return services.length === 0 ? {} : { services: writeServicesJson(services) };
      },
    },
  };
}

function listed(directory: ServiceDirectory, namespace: string, session: Session, payload: Iq["payload"]): Answer {
  const read = readServicesRequest(payload);
  if (!read.ok) return refuse(read.error);
  const wanted = directory.for(session).filter(({ type }) => read.value === "" || type === read.value);
  return answer(writeServices("services", namespace, wanted));
}

function proven(directory: ServiceDirectory, namespace: string, session: Session, payload: Iq["payload"]): Answer {
  const read = readCredentialsRequest(payload);
  if (!read.ok) return refuse(read.error);
  const { type, host, port } = read.value;
  const meant = directory
    .for(session)
    .filter((one) => one.type === type && (host === "" || one.host === host) && (port === 0 || one.port === port));
  return meant.length === 0 ? refuse(unknownService) : answer(writeServices("credentials", namespace, meant));
}

/** The servers with each client's own credentials, which are made anew when half their time is over. */
class ServiceDirectory {
  readonly #clock: Clock;
  readonly #config: Config;
  readonly #offered: ReturnType<typeof offeredServices>;
  readonly #made = new WeakMap<Session, { readonly services: readonly ExternalService[]; readonly untilMs: number }>();

  constructor({ clock, config }: Given) {
    this.#clock = clock;
    this.#config = config;
    this.#offered = offeredServices(config);
  }

  for(session: Session): readonly ExternalService[] {
    if (this.#offered.length === 0) return [];
    const now = this.#clock.now();
    const known = this.#made.get(session);
    if (known && now < known.untilMs) return known.services;
    const services = withCredentials(this.#offered, this.#credentialsOf(session, now));
    this.#made.set(session, { services, untilMs: now + (this.#config.TURN_TTL * 1_000) / 2 });
    return services;
  }

  #credentialsOf(session: Session, now: number): Credentials | undefined {
    const { TURN_CREDENTIALS, TURN_TTL, TURN_USERNAME, TURN_PASSWORD } = this.#config;
    if (TURN_CREDENTIALS !== "") return makeTurnCredentials(TURN_CREDENTIALS, session.jid.full, now + TURN_TTL * 1_000);
    if (TURN_USERNAME === "") return undefined;
    return { username: TURN_USERNAME, password: TURN_PASSWORD, expiresMs: 0 };
  }
}
