/**
 * What no schema of a role has: read by the compose files, the scripts of the images, `npm start`, the log and the tests.
 * `npm run check` compares it with what those read.
 */
export type OutsideSetting = {
  readonly name: string;
  /** Who reads it: compose, images, npm start, commands, every role, tests. */
  readonly where: string;
  readonly kind: string;
  readonly default: string;
  readonly sentence: string;
};

const of = (where: string, rows: readonly (readonly [string, string, string, string])[]): OutsideSetting[] =>
  rows.map(([name, kind, byDefault, sentence]) => ({ name, where, kind, default: byDefault, sentence }));

/** By role: memory, and processors, of which 0 is all there are (compose/roles.yml). */
const limits = (
  [
    ["NATS", "256m", "1"],
    ["XMPP", "512m", "1"],
    ["FOCUS", "384m", "1"],
    ["WEB", "384m", "1"],
    ["VIDEOBRIDGE", "1g", "0"],
    ["RECORDER", "3g", "0"],
    ["SIP_GATEWAY", "768m", "1"],
    ["WEBHOOKS", "256m", "1"],
    ["DRACHTIO", "512m", "1"],
    ["TURN", "256m", "1"],
  ] as const
).flatMap(([role, memory, cpus]): [string, string, string, string][] => [
  [`VECHE_${role}_MEMORY`, "size", memory, "Memory limit of the container."],
  [`VECHE_${role}_CPUS`, "number", cpus, "Processors that the container may use; 0: all."],
]);

/** Of the example in deploy/examples/register. */
const ofRegister: [string, string, string, string][] = [
  ["REGISTER_DATABASE_URL", "url", "postgres://127.0.0.1/register", "The register's database."],
  ["REGISTER_SUBSCRIBER", "text", "register", "Name of its subscriber account."],
];

export const outsideSettings: readonly OutsideSetting[] = [
  ...of("compose", [
    ["VECHE_VERSION", "text", "local", "Tag of the images."],
    ["RESTART_POLICY", "text", "unless-stopped", "Whether Docker starts again what ended."],
    ...limits,
    ["VECHE_DRACHTIO_IMAGE", "text", "drachtio/drachtio-server:0.9.11", "Image of drachtio-server."],
    ["VECHE_SIP_ADDRESS", "text", "drachtio-sip", "Name of drachtio-server towards telephones."],
    ["TURN_REALM", "text", "(XMPP_DOMAIN)", "Realm of the TURN server."],
    ["VECHE_JOIN", "text", "(empty)", "Token with which a host joins, once."],
    [
      "VECHE_TURN_PEERS",
      "list",
      "(the bridges of this host)",
      "Addresses that a TURN server on a host of its own relays to.",
    ],
    ["VECHE_EXPORTER_PORT", "port", "9464", "Where Prometheus finds the metrics of all roles."],
    ["VECHE_EXPORTER_ADDRESS", "address", "127.0.0.1", "Address that the exporter listens on."],
    ["VECHE_PROMETHEUS_PORT", "port", "9090", "Port of Prometheus' page, on loopback."],
    ["VECHE_GRAFANA_PORT", "port", "3000", "Port of Grafana, on loopback."],
    ["VECHE_METRICS_KEEP", "duration", "30d", "How long Prometheus keeps metrics; never more than 5 GB."],
    ["REGISTER_DATABASE_PASSWORD", "text", "required by compose/register.yml", "Password of the register's database."],
    ["VECHE_WEB_HOST", "text", "web", "Where the recorder's browser finds localhost."],
  ]),
  ...of("register", ofRegister),
  ...of("compose, npm start", [
    ["NATS_PORT", "port", "4222", "Port of NATS."],
    [
      "NATS_CLUSTER",
      "list",
      "",
      "Addresses of three signalling hosts, this one among them, whose NATS is one cluster.",
    ],
    ["NATS_CLUSTER_PORT", "port", "6222", "Where the NATS servers of a cluster reach one another, by TLS."],
    [
      "NATS_LISTEN_ADDRESS",
      "text",
      "127.0.0.1",
      "Where NATS is for subscribers and hosts that join; by TLS but on loopback.",
    ],
  ]),
  ...of("npm start", [
    ["VECHE_RECORDER", "on | off", "on", "Whether a recorder runs, where Chromium and ffmpeg are."],
    ["VECHE_SIP_GATEWAY", "on | off", "(on with an account)", "Whether the SIP gateway runs, where kamailio is."],
    ["VECHE_WEBHOOKS", "on | off", "off", "Whether the deliverer of webhooks runs."],
    ["VECHE_WORKER", "build | download | auto", "auto", "How the media worker is come by."],
    ["VECHE_CACHE", "path", "~/.cache/veche", "Where worker, nats-server and stripped sources are kept."],
    ["MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL", "url", "(the package's)", "Where prebuilt workers are."],
    ["NATS_SERVER_BIN", "path", "(found)", "nats-server."],
    ["CHROMIUM_BIN", "path", "(found)", "Chromium of the recorder and the tests."],
  ]),
  ...of("commands", [
    ["VECHE_API_URL", "url", "(this installation)", "The API that users and settings talk to."],
    [
      "VECHE_SECRETS_DIR",
      "path",
      "(this installation's)",
      "Keys and certificates that hosts and subscribers are made with.",
    ],
    ["VECHE_WEB_DATA_DIR", "path", "(this installation's)", "Certificates of web, for backup and restore."],
    ["VECHE_NATS_STORE_DIR", "path", "(this installation's)", "Where NATS keeps its files, for a restore."],
    ["VECHE_BACKUP_PASSPHRASE", "text", "", "Encrypts a backup, in place of --passphrase-file."],
    ["VECHE_WEB_CA", "path", "(this installation's)", "Root of web's private authority, for recorders on other hosts."],
  ]),
  ...of("every role", [
    ["LOG_FORMAT", "json | text", "(text on a terminal)", "How log lines look."],
    ["TZ", "text", "(the system's)", "Time zone of the process."],
    [
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "url",
      "(empty)",
      "Where traces and logs go by OTLP over HTTP; all of OpenTelemetry's OTEL_* pass.",
    ],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "url", "(empty)", "Where traces go, the whole address."],
    ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "url", "(empty)", "Where logs go, the whole address."],
    ["OTEL_TRACES_SAMPLER_ARG", "number", "1", "The part of new traces that is sent, from 0 to 1."],
    ["OTEL_SDK_DISABLED", "flag", "false", "Sends neither."],
    ["OTEL_SERVICE_NAME", "text", "(veche-<role>)", "Name of the role in traces."],
  ]),
  ...of("tests", [
    ["FIREFOX_BIN", "path", "(found)", "Firefox of the tests."],
    ["DRACHTIO_SERVER_BIN", "path", "(found)", "drachtio-server of the tests."],
    ["VECHE_LIB_JITSI_MEET", "path", "(none)", "Built lib-jitsi-meet for the tests with it."],
    ["VECHE_KEEP", "text", "(empty)", "Set to anything: tests of recorded tracks leave their files."],
    ["VECHE_TEST_LOG", "path", "(none)", "File that tests write the log of the roles to."],
    ["VECHE_TEST_PICTURES", "path", "(none)", "Where tests leave pictures."],
    ["VECHE_TEST_RECORDING_SECONDS", "integer", "15", "How long the longest test of recordings records."],
    ["VECHE_TEST_SEED", "integer", "1", "Seed of what tests make up."],
    ["FOCUS_SCRIPTS", "integer", "(few)", "How many conferences the focus' tests make up."],
    ["FOCUS_SEED", "integer", "(fixed)", "Seed of them."],
  ]),
];
