import { hostname } from "node:os";
import { type ConfigOf, commonSchema, port, text } from "@veche/kit/config.ts";

export const schema = {
  ...commonSchema,
  VECHE_GATEWAY_ID: text("", "Name of this gateway, kept from start to start.", { defaultText: "(host name)" }),
  VECHE_GATEWAY_HTTP_PORT: port(8788, "Private HTTP: Jigasi's API, numbers and codes for dialling in, metrics."),
  VECHE_GATEWAY_HTTP_ADDRESS: text("127.0.0.1", "Address that HTTP listens on."),
};

export type Config = ConfigOf<typeof schema>;

/** Of this gateway, kept from start to start. */
export function gatewayIdOf(config: Pick<Config, "VECHE_GATEWAY_ID">): string {
  return config.VECHE_GATEWAY_ID === "" ? hostname() : config.VECHE_GATEWAY_ID;
}
