export type OfferedService = {
  readonly type: "stun" | "turn" | "turns";
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
};

/** How a client shows a TURN server that it may use it. */
export type Credentials = {
  readonly username: string;
  readonly password: string;
  /** 0: they are good for ever. */
  readonly expiresMs: number;
};

export type ExternalService = OfferedService & { readonly credentials?: Credentials };

/** Everybody may ask a STUN server; who uses a TURN server has to be known to it. */
export function withCredentials(
  services: readonly OfferedService[],
  credentials: Credentials | undefined,
): readonly ExternalService[] {
  return services.map((service) => (credentials && service.type !== "stun" ? { ...service, credentials } : service));
}
