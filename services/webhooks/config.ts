import { type ConfigOf, commonSchema, duration, list, port, text } from "@veche/kit/config.ts";

export const schema = {
  ...commonSchema,
  VECHE_WEBHOOKS_PORT: port(8790, "Private HTTP: health, metrics."),
  VECHE_WEBHOOKS_ADDRESS: text("127.0.0.1", "Address that HTTP listens on."),
  VECHE_WEBHOOKS_ALLOW: list(
    [],
    "Private targets that are allowed: networks and hosts, `10.20.0.0/16,register.school.example`. Only these may be `http://`.",
  ),
  VECHE_WEBHOOKS_CA_FILE: text("", "Authorities (PEM) trusted besides the system's."),
  VECHE_WEBHOOKS_TIMEOUT: duration("10s", "How long a request may take, from the name to the answer's status.", {
    min: 500,
    max: 60_000,
  }),
  VECHE_WEBHOOKS_GIVE_UP: duration("24h", "An endpoint that took nothing for so long is disabled.", { min: 60_000 }),
};

export type Config = ConfigOf<typeof schema>;
