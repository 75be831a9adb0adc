import { type ConfigOf, integer, port, secret, text } from "@veche/kit/config.ts";
import type { OfferedService } from "./domain/external-services.ts";

const hosts = {
  pattern: /^$|^[a-zA-Z0-9.:-]+(,[a-zA-Z0-9.:-]+)*$/,
  expected: "host names or addresses with commas between them",
};

/** STUN and TURN servers, named as in docker-jitsi-meet. */
export const turnSchema = {
  STUN_HOST: text("", "STUN servers that clients are told of.", hosts),
  STUN_PORT: port(443, "Their port."),
  TURN_HOST: text("", "TURN servers that clients are told of.", hosts),
  TURN_PORT: port(443, "Their port."),
  TURN_TRANSPORT: text("tcp", "How clients reach them: tcp, udp, or both with a comma between.", {
    pattern: /^(tcp|udp)(,(tcp|udp))?$/,
    expected: "tcp, udp, or both with a comma between",
  }),
  TURNS_HOST: text("", "TURN servers that clients reach over TLS.", hosts),
  TURNS_PORT: port(443, "Their port."),
  TURN_CREDENTIALS: secret("Secret shared with the TURN servers; each client gets credentials of its own for a time.", {
    default: "",
  }),
  TURN_TTL: integer(86_400, { min: 300, max: 30 * 86_400 }, "How many seconds such credentials are good for."),
  TURN_USERNAME: text("", "Name for the TURN servers where they share no secret."),
  TURN_PASSWORD: secret("The password that goes with the name.", { default: "" }),
};

type TurnConfig = ConfigOf<typeof turnSchema>;

export function offeredServices(config: TurnConfig): readonly OfferedService[] {
  const of = (names: string) => names.split(",").filter((name) => name !== "");
  const transports = of(config.TURN_TRANSPORT).map((transport) => (transport === "udp" ? "udp" : "tcp"));
  return [
    ...of(config.STUN_HOST).map((host) => service("stun", host, config.STUN_PORT, "udp")),
    ...of(config.TURN_HOST).flatMap((host) =>
      transports.map((transport) => service("turn", host, config.TURN_PORT, transport)),
    ),
    ...of(config.TURNS_HOST).map((host) => service("turns", host, config.TURNS_PORT, "tcp")),
  ];
}

function service(
  type: OfferedService["type"],
  host: string,
  portNumber: number,
  transport: OfferedService["transport"],
): OfferedService {
  return { type, host, port: portNumber, transport };
}
