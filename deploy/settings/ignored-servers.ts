import type { IgnoredGroup } from "./known.ts";
import { words } from "./words.ts";

const noLdap =
  "no LDAP server is asked: accounts are imported (npm run users -- import), or AUTH_TYPE=jwt takes tokens";
const noSip = "another way of the SIP gateway; its settings are in services/sip-gateway";

/** What Prosody, Jicofo, the bridge, Jibri, Jigasi and the compose files are told, and nothing here reads. */
export const ignoredByServers: readonly IgnoredGroup[] = [
  {
    why: "data is in volumes of Docker, or in .run under npm start",
    names: words("CONFIG JIBRI_LOGS_DIR"),
  },
  {
    why: "images are built here: VECHE_VERSION tags them",
    names: words("JITSI_IMAGE_REPO JITSI_IMAGE_VERSION JITSI_RELEASE"),
  },
  {
    why: "nobody signs in with it here: roles have NATS users, whose passwords are made at first start",
    names: words(`
      JIBRI_XMPP_PASSWORD JIBRI_XMPP_USER JICOFO_AUTH_PASSWORD JICOFO_COMPONENT_SECRET JVB_AUTH_PASSWORD JVB_AUTH_USER
    `),
  },
  {
    why: "roles find each other over NATS_URL, not over XMPP",
    names: words(`
      ENABLE_JVB_XMPP_SERVER JIBRI_STRIP_DOMAIN_JID JICOFO_TRUSTED_DOMAINS JIGASI_TRUSTED_DOMAINS JVB_DISABLE_XMPP
      JVB_INSTANCE_ID JVB_MUC_NICKNAME JVB_XMPP_AUTH_DOMAIN JVB_XMPP_INTERNAL_MUC_DOMAIN JVB_XMPP_PORT JVB_XMPP_SERVER
      JVB_XMPP_SERVERS MUC_NICKNAME XMPP_MUC_COMPONENT_PREFIX XMPP_SERVER XMPP_SERVERS XMPP_TRUST_ALL_CERTS
    `),
  },
  { why: "there is no Java, whose heap would need a size", names: words("JICOFO_MAX_MEMORY VIDEOBRIDGE_MAX_MEMORY") },
  {
    why: "nothing is told to Sentry; logs go to stdout",
    names: words(`
      JICOFO_LOG_FILE JICOFO_SENTRY_DSN JIGASI_LOG_FILE JIGASI_SENTRY_DSN JVB_LOG_FILE JVB_SENTRY_DSN PROSODY_LOG_CONFIG
      SENTRY_DSN SENTRY_ENVIRONMENT SENTRY_RELEASE
    `),
  },
  {
    why: "there is no autoscaler: roles drain on SIGTERM and by POST /colibri/drain/enable",
    names: words(`
      AUTOSCALER_SIDECAR_GROUP_NAME AUTOSCALER_SIDECAR_HOST_ID AUTOSCALER_SIDECAR_INSTANCE_ID
      AUTOSCALER_SIDECAR_KEY_FILE AUTOSCALER_SIDECAR_KEY_ID AUTOSCALER_SIDECAR_PORT AUTOSCALER_SIDECAR_REGION
      AUTOSCALER_SIDECAR_SHUTDOWN_POLLING_INTERVAL AUTOSCALER_SIDECAR_STATS_POLLING_INTERVAL AUTOSCALER_URL
      LOCAL_ADDRESS
    `),
  },
  {
    why: "everybody takes part in the same way: there are no visitors",
    names: words(`
      ENABLE_VISITORS JICOFO_VISITORS_REQUIRE_MUC_CONFIG JIGASI_VISITORS_QUEUE_SERVICE_PRIVATE_KEY_ID
      JIGASI_VISITORS_QUEUE_SERVICE_PRIVATE_KEY_PATH JIGASI_VISITORS_QUEUE_SERVICE_URL PROSODY_VISITORS_MUC_PREFIX
      PROSODY_VISITORS_S2S_VHOSTS PROSODY_VISITOR_INDEX VISITORS_MAX_PARTICIPANTS VISITORS_MAX_VISITORS_PER_NODE
      VISITORS_REQUIRE_MUC_CONFIG VISITORS_XMPP_AUTH_DOMAIN VISITORS_XMPP_DOMAIN VISITORS_XMPP_PORT
      VISITORS_XMPP_SERVER VISITORS_XMPP_SERVERS
    `),
  },
  {
    why: "the XMPP server talks to no other one",
    names: words(
      "ENABLE_S2S PROSODY_DISABLE_S2S_LIMIT PROSODY_ENABLE_S2S PROSODY_S2S_LIMIT PROSODY_S2S_PORT XMPP_SERVER_S2S_PORT",
    ),
  },
  {
    why: "the XMPP server is not Prosody and runs no modules of it",
    names: words(`
      GC_GEN_MAX_TH GC_GEN_MIN_TH GC_INC_SPEED GC_INC_STEP_SIZE GC_INC_TH GC_TYPE GLOBAL_CONFIG GLOBAL_MODULES
      PROSODY_MODE XMPP_BREAKOUT_MUC_MODULES XMPP_CONFIGURATION XMPP_INTERNAL_MUC_MODULES XMPP_LOBBY_MUC_MODULES
      XMPP_MODULES XMPP_MUC_CONFIGURATION XMPP_MUC_MODULES XMPP_SPEAKERSTATS_MODULES
    `),
  },
  {
    why: "limits on streams, stanzas and names are always on (services/xmpp/README.md)",
    names: words(`
      LIMIT_MESSAGES_CHECK_TOKEN PROSODY_C2S_LIMIT PROSODY_DISABLE_C2S_LIMIT PROSODY_ENABLE_FILTER_MESSAGES
      PROSODY_ENABLE_MUC_RESOURCE_VALIDATE PROSODY_ENABLE_RATE_LIMITS PROSODY_LIMIT_MESSAGES_CHECK_TOKEN
      PROSODY_MUC_RESOURCE_VALIDATE_ANONYMOUS_STRICT PROSODY_MUC_RESOURCE_VALIDATE_ANON_METHODS
      PROSODY_RATE_LIMIT_ALLOW_RANGES PROSODY_RATE_LIMIT_CACHE_SIZE PROSODY_RATE_LIMIT_LOGIN_RATE
      PROSODY_RATE_LIMIT_SESSION_RATE PROSODY_RATE_LIMIT_TIMEOUT
    `),
  },
  {
    why: "metrics are always there, at /metrics of each role's private port",
    names: words(`
      ENABLE_STATS_D JIBRI_ENABLE_PROMETHEUS JIBRI_STATSD_HOST JIBRI_STATSD_PORT JIGASI_STATS_ID JIGASI_STATS_PORT
      PROSODY_ENABLE_METRICS PROSODY_ENABLE_STANZA_COUNTS PROSODY_METRICS_ALLOWED_CIDR
    `),
  },
  {
    why: "HTTP, health and the bridge channel are always on; ports and addresses of them are COLIBRI_*, JICOFO_* and VECHE_*",
    names: words(`
      COLIBRI_REST_ENABLED JICOFO_ENABLE_HEALTH_CHECKS JICOFO_ENABLE_REST JICOFO_HEALTH_CHECKS_USE_PRESENCE
      JIGASI_ENABLE_REST JVB_ENABLE_APIS JVB_WS_DOMAIN JVB_WS_SERVER_ID
    `),
  },
  { why: "proxies in front are VECHE_TRUSTED_PROXIES, which web believes", names: words("PROSODY_TRUSTED_PROXIES") },
  {
    why: "administrators are accounts: npm run users -- change <name> --role administrator",
    names: words("PROSODY_ADMINS"),
  },
  {
    why: "it is decided by AUTH_TYPE and the settings in services/xmpp",
    names: words(`
      ENABLE_AUTO_LOGIN JICOFO_AUTH_TYPE JICOFO_ENABLE_AUTH JWT_ACCEPTED_ALLOWNER_ISSUERS JWT_AUTH_TYPE JWT_SIGN_TYPE
      PROSODY_AUTH_TYPE PROSODY_GUEST_AUTH_TYPE
    `),
  },
  { why: "passwords never go unencrypted", names: words("PROSODY_C2S_REQUIRE_ENCRYPTION") },
  {
    why: noLdap,
    names: words(`
      LDAP_AUTH_METHOD LDAP_BASE LDAP_BINDDN LDAP_BINDPW LDAP_FILTER LDAP_START_TLS LDAP_TLS_CACERT_DIR
      LDAP_TLS_CACERT_FILE LDAP_TLS_CHECK_PEER LDAP_TLS_CIPHERS LDAP_URL LDAP_USE_TLS LDAP_VERSION
    `),
  },
  {
    why: "no Matrix server is asked who somebody is",
    names: words(
      "MATRIX_LOBBY_BYPASS MATRIX_UVS_AUTH_TOKEN MATRIX_UVS_ISSUER MATRIX_UVS_SYNC_POWER_LEVELS MATRIX_UVS_URL",
    ),
  },
  {
    why: "on a secure domain whoever opens the room moderates it (room-openers, ENABLE_AUTO_OWNER)",
    names: words("ENABLE_MODERATOR_CHECKS WAIT_FOR_HOST_DISABLE_AUTO_OWNERS"),
  },
  {
    why: "the XMPP server always has it; whether it is used, moderators decide in the room",
    names: words("ENABLE_AV_MODERATION ENABLE_END_CONFERENCE ENABLE_LOBBY PROSODY_ENABLE_RECORDING_METADATA"),
  },
  {
    why: "it isn't chosen: each client gets the sources of the others one by one, and several of one participant",
    names: words(`
      ENABLE_MULTISTREAM JICOFO_CONF_SSRC_REWRITING JICOFO_CONF_STRIP_SIMULCAST JICOFO_ENABLE_MID
      JICOFO_MULTI_STREAM_BACKWARD_COMPAT JICOFO_SHORT_ID
    `),
  },
  {
    why: "lost and overloaded bridges are always noticed; BRIDGE_STRESS_THRESHOLD says when one is full",
    names: words(`
      JICOFO_ENABLE_BRIDGE_HEALTH_CHECKS JICOFO_ENABLE_ICE_FAILURE_DETECTION JICOFO_ENABLE_LOAD_REDISTRIBUTION
      JICOFO_ICE_FAILURE_INTERVAL JICOFO_ICE_FAILURE_MIN_ENDPOINTS JICOFO_ICE_FAILURE_THRESHOLD
    `),
  },
  {
    why: "regions are compared by name: JVB_REGION of the bridge, deploymentInfo.userRegion of the client",
    names: words("JICOFO_BRIDGE_REGION_GROUPS JICOFO_OCTO_REGION"),
  },
  { why: "it is counted within a minute: JICOFO_RESTARTS_PER_MINUTE", names: words("JICOFO_RESTART_REQUEST_INTERVAL") },
  {
    why: "there are no translations",
    names: words(`
      JICOFO_TRANSLATION_CF_ACCESS_CLIENT_ID JICOFO_TRANSLATION_CF_ACCESS_CLIENT_SECRET JICOFO_TRANSLATION_URL_TEMPLATE
    `),
  },
  {
    why: "a bridge knows its addresses by JVB_ADVERTISE_IPS and says in its health which of them leads nowhere",
    names: words("DISABLE_AWS_HARVESTER JVB_REQUIRE_VALID_ADDRESS JVB_TCP_HARVESTER_DISABLED"),
  },
  {
    why: "bridges relay by JVB_RELAY_ADDRESS and the ports from JVB_RELAY_PORT_MIN on",
    names: words("JVB_OCTO_BIND_PORT JVB_OCTO_PUBLIC_ADDRESS JVB_OCTO_RELAY_ID"),
  },
  { why: "the bridge channel is a WebSocket", names: words("JVB_USE_USRSCTP") },
  {
    why: "a recording that can't begin waits in line or goes to another recorder (JICOFO_RECORDING_QUEUE)",
    names: words("JIBRI_PENDING_TIMEOUT JIBRI_RECORDING_QUEUE_SIZE JIBRI_REQUEST_RETRIES JIBRI_SINGLE_USE_MODE"),
  },
  {
    why: "the recorder starts its browser in its own way (services/recorder); its name is VECHE_RECORDER_ID",
    names: words(`
      CHROMIUM_FLAGS DISPLAY IGNORE_CERTIFICATE_ERRORS JIBRI_CHROMEDRIVER_DEBUG JIBRI_CHROMEDRIVER_DEBUG_LOG
      JIBRI_INSTANCE_ID JIBRI_XORG_HORIZ_SYNC JIBRI_XORG_VERT_REFRESH
    `),
  },
  {
    why: "the encoder follows JIBRI_RECORDING_CONSTANT_RATE_FACTOR and JIBRI_RECORDING_STREAMING_MAX_BITRATE",
    names: words("JIBRI_RECORDING_VIDEO_ENCODE_PRESET_RECORDING JIBRI_RECORDING_VIDEO_ENCODE_PRESET_STREAMING"),
  },
  { why: "telephones call by the gateway, not by a recorder", names: words("JIBRI_SIP_BREWERY_MUC") },
  {
    why: noSip,
    names: words(`
      BOSH_URL_PATTERN JIGASI_CONFIGURATION JIGASI_DISABLE_SIP JIGASI_HEALTH_CHECK_INTERVAL JIGASI_HEALTH_CHECK_SIP_URI
      JIGASI_INSTANCE_ID JIGASI_MODE JIGASI_SIP_KEEP_ALIVE_METHOD USE_TRANSLATOR_IN_CONFERENCE
    `),
  },
  { why: "how long a call waits for a bridge is JVB_INVITE_TIMEOUT", names: words("JIGASI_JVB_TIMEOUT") },
  {
    why: "there is no transcriber",
    names: words(`
      GC_CLIENT_CERT_URL GC_CLIENT_EMAIL GC_CLIENT_ID GC_PRIVATE_KEY GC_PRIVATE_KEY_ID GC_PROJECT_ID
      JIGASI_TRANSCRIBER_ADVERTISE_URL JIGASI_TRANSCRIBER_CUSTOM_SERVICE JIGASI_TRANSCRIBER_CUSTOM_TRANSLATION_SERVICE
      JIGASI_TRANSCRIBER_ENABLE_SAVING JIGASI_TRANSCRIBER_ENABLE_TRANSLATION JIGASI_TRANSCRIBER_FILTER_SILENCE
      JIGASI_TRANSCRIBER_LIBRETRANSLATE_URL JIGASI_TRANSCRIBER_OCI_COMPARTMENT JIGASI_TRANSCRIBER_OCI_REGION
      JIGASI_TRANSCRIBER_PASSWORD JIGASI_TRANSCRIBER_RECORD_AUDIO JIGASI_TRANSCRIBER_REMOTE_CONFIG_URL
      JIGASI_TRANSCRIBER_REMOTE_CONFIG_URL_AUD JIGASI_TRANSCRIBER_REMOTE_CONFIG_URL_KEY_ID
      JIGASI_TRANSCRIBER_REMOTE_CONFIG_URL_KEY_PATH JIGASI_TRANSCRIBER_SEND_TXT JIGASI_TRANSCRIBER_USER
      JIGASI_TRANSCRIBER_VOSK_URL JIGASI_TRANSCRIBER_WHISPER_PRIVATE_KEY JIGASI_TRANSCRIBER_WHISPER_PRIVATE_KEY_NAME
      JIGASI_TRANSCRIBER_WHISPER_URL
    `),
  },
];

/** What would open doors that it closes with docker-jitsi-meet; refused unless it is off. */
export const refusedByServers: readonly IgnoredGroup[] = [
  {
    why: "rooms can't be kept for who has reserved them: leave it off, and use ENABLE_AUTH=1 with room-openers",
    names: words("JICOFO_RESERVATION_ENABLED PROSODY_RESERVATION_ENABLED"),
  },
  {
    why: "a module of Prosody can't decide here who may enter: leave it empty; JWT_ACCEPTED_ISSUERS and JWT_ACCEPTED_AUDIENCES do",
    names: words("JWT_TOKEN_AUTH_MODULE"),
  },
];

/** Goes with a refused one, and does nothing by itself. */
export const ignoredBesideRefused: readonly IgnoredGroup[] = [
  {
    why: "there are no reservations",
    names: words("JICOFO_RESERVATION_REST_BASE_URL PROSODY_RESERVATION_REST_BASE_URL"),
  },
];
