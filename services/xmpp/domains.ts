import { roomId } from "@veche/proto/ids.ts";
import type { Jid } from "./codec/jid.ts";
import type { Config } from "./config.ts";
import { focusNick, type RoomAddress } from "./domain/room.ts";

type DomainConfig = Pick<
  Config,
  | "XMPP_DOMAIN"
  | "XMPP_MUC_DOMAIN"
  | "XMPP_INTERNAL_MUC_DOMAIN"
  | "XMPP_AUTH_DOMAIN"
  | "XMPP_GUEST_DOMAIN"
  | "XMPP_HIDDEN_DOMAIN"
> &
  Partial<Pick<Config, "JIBRI_RECORDER_PASSWORD" | "JIGASI_XMPP_PASSWORD">>;

const tenantName = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}$/u;

/** Which host name means what. Rooms of a tenant are at `muc.<tenant>.<domain>`, and keep that address on the wire. */
export class Domains {
  readonly main: string;
  readonly muc: string;
  /** Where the brewery rooms are. */
  readonly internalMuc: string;
  readonly guest: string;
  readonly hidden: string;
  readonly auth: string;
  readonly focus: string;
  /** The account of the focus; clients compare this with the `jid` of the occupant `focus`. */
  readonly focusBareJid: string;
  readonly focusFullJid: string;
  readonly #mucPrefix: string;
  readonly #served: ReadonlySet<string>;

  constructor(config: DomainConfig) {
    this.main = config.XMPP_DOMAIN;
    this.muc = config.XMPP_MUC_DOMAIN;
    this.internalMuc = config.XMPP_INTERNAL_MUC_DOMAIN;
    this.guest = config.XMPP_GUEST_DOMAIN;
    this.hidden = config.XMPP_HIDDEN_DOMAIN;
    this.auth = config.XMPP_AUTH_DOMAIN;
    this.#served = new Set([
      this.main,
      this.guest,
      ...(config.JIBRI_RECORDER_PASSWORD ? [this.hidden] : []),
      ...(config.JIGASI_XMPP_PASSWORD ? [this.auth] : []),
    ]);
    this.focus = `focus.${config.XMPP_DOMAIN}`;
    this.focusBareJid = `focus@${config.XMPP_AUTH_DOMAIN}`;
    this.focusFullJid = `${this.focusBareJid}/${focusNick}`;
    const suffix = `.${this.main}`;
    this.#mucPrefix = this.muc.endsWith(suffix) ? this.muc.slice(0, -suffix.length) : "";
  }

  /** Address of a component, as clients find it by disco: "lobby.meet.jitsi". */
  component(name: string): string {
    return `${name}.${this.main}`;
  }

  /** Hosts a stream may be opened to; those of recorders and gateways while these have a password. */
  isServed(domain: string): boolean {
    return this.#served.has(domain);
  }

  /** Hosts that answer for the server itself. */
  isServer(domain: string): boolean {
    return this.#served.has(domain);
  }

  /** The tenant whose rooms are there; undefined where the host is no MUC. */
  tenantOf(domain: string): string | undefined {
    if (domain === this.muc) return "main";
    const prefix = `${this.#mucPrefix}.`;
    const suffix = `.${this.main}`;
    if (this.#mucPrefix === "" || !domain.startsWith(prefix) || !domain.endsWith(suffix)) return undefined;
    const tenant = domain.slice(prefix.length, -suffix.length);
    return tenantName.test(tenant) ? tenant : undefined;
  }

  /** Where the rooms of a tenant are. */
  mucOf(tenant: string): string {
    return tenant === "main" ? this.muc : `${this.#mucPrefix}.${tenant}.${this.main}`;
  }

  roomAddress(jid: Jid): RoomAddress | undefined {
    const tenant = this.tenantOf(jid.domain);
    if (tenant === undefined || jid.local === "") return undefined;
    return { tenant, room: roomId(decodeName(jid.local), tenant), name: jid.local, jid: jid.bare };
  }
}

/** Clients percent-encode what is not ASCII; a name that only looks encoded is taken as it is. */
export function decodeName(node: string): string {
  try {
    return decodeURIComponent(node);
  } catch {
    return node;
  }
}
