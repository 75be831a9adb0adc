import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { debianVersion, findProgram } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import { boshPath, webSocketPath } from "../clients/wire.ts";
import { type PeerProgram, startPeer } from "./peer.ts";
import { domain, mucDomain, type Server } from "./server.ts";

/** Where Debian keeps it and the libraries it needs. */
const libraries = "/usr/lib/x86_64-linux-gnu";

/** Anonymous people, rooms that show addresses, no shapers; sessions may queue as much as ours. */
function configuration(port: number): string {
  return `
hosts:
  - ${domain}
loglevel: warning
listen:
  -
    port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      ${boshPath}: mod_bosh
      ${webSocketPath}: ejabberd_http_ws
auth_method: anonymous
anonymous_protocol: sasl_anon
allow_multiple_connections: true
disable_sasl_mechanisms: []
default_db: mnesia
max_fsm_queue: 100000
acl:
  everybody:
    user_regexp: ""
access_rules:
  all_of_them:
    allow: all
shaper: {}
shaper_rules: {}
modules:
  mod_bosh:
    max_inactivity: 60
  mod_ping: {}
  mod_disco: {}
  mod_stream_mgmt:
    resume_timeout: 60
    max_ack_queue: 100000
    ack_timeout: infinity
  mod_muc:
    host: ${mucDomain}
    access: all
    access_create: all
    access_persistent: all
    history_size: 20
    max_users: 5000
    max_user_conferences: 1000
    min_message_interval: 0
    min_presence_interval: 0
    default_room_options:
      anonymous: false
      persistent: false
      max_users: 5000
`;
}

function ebin(): string | undefined {
  if (!existsSync(libraries)) return undefined;
  const folder = readdirSync(libraries).find((name) => name.startsWith("ejabberd-"));
  return folder && join(libraries, folder, "ebin");
}

const program: PeerProgram = {
  command: "erl",
  file: "ejabberd.yml",
  configuration,
  arguments: argumentsOf,
  env: (folder, path) => ({
    ERL_LIBS: libraries,
    EJABBERD_CONFIG_PATH: path,
    EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
    ERL_CRASH_DUMP: "/dev/null",
  }),
};

/** As ejabberdctl starts it, but without a node name, and without threads that wait by spinning: those would count as work. */
function argumentsOf(folder: string): string[] {
  const machine = ["+K", "true", "+P", "250000", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"];
  return [...machine, "-noinput", "-pa", ebin() ?? "", "-mnesia", "dir", `"${folder}/mnesia"`, "-s", "ejabberd"];
}

function version(): string | undefined {
  if (!findProgram("erl") || !ebin()) return undefined;
  return `ejabberd ${debianVersion("ejabberd")}`.trim();
}

export const ejabberd: Contestant<Server> = {
  name: "ejabberd",
  version,
  missing: "Debian's package `ejabberd` is not installed",
  start: () => startPeer(program),
};
