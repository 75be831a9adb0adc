import { debianVersion, findProgram } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import { type PeerProgram, startPeer } from "./peer.ts";
import { domain, mucDomain, type Server } from "./server.ts";

/** As docker-jitsi-meet sets Prosody up, as far as the load meets it: epoll, anonymous people, rooms that show addresses. */
function configuration(port: number, folder: string): string {
  return `
pidfile = "${folder}/prosody.pid"
data_path = "${folder}"
daemonize = false
run_as_root = true
network_backend = "epoll"
interfaces = { "127.0.0.1" }
c2s_ports = {}
s2s_ports = {}
http_ports = { ${port} }
https_ports = {}
modules_enabled = { "c2s", "disco", "ping", "saslauth", "bosh", "websocket", "smacks" }
modules_disabled = { "s2s", "tls", "offline", "register", "admin_shell" }
c2s_require_encryption = false
consider_bosh_secure = true
consider_websocket_secure = true
bosh_max_wait = 60
smacks_max_unacked_stanzas = 16
smacks_hibernation_time = 60
log = { warn = "*console" }
storage = "memory"
VirtualHost "${domain}"
  authentication = "anonymous"
  http_host = "${domain}"
Component "${mucDomain}" "muc"
  restrict_room_creation = false
  muc_room_locking = false
  muc_room_default_public_jids = true
  muc_room_default_history_length = 20
  max_history_messages = 50
`;
}

const program: PeerProgram = {
  command: "prosody",
  file: "prosody.cfg.lua",
  configuration,
  arguments: (_folder, path) => ["-F", "--config", path],
};

function version(): string | undefined {
  if (!findProgram("prosody")) return undefined;
  return `Prosody ${debianVersion("prosody")}`.trim();
}

export const prosody: Contestant<Server> = {
  name: "prosody",
  version,
  missing: "Debian's package `prosody` is not installed",
  start: () => startPeer(program),
};
