import type { IgnoredGroup } from "./known.ts";
import { words } from "./words.ts";

/** What docker-jitsi-meet's web server and its app are told, and nothing here reads. */
export const ignoredByPage: readonly IgnoredGroup[] = [
  {
    why: "nothing is told to third parties here; conference facts are on NATS (proto/README.md)",
    names: words(`
      AMPLITUDE_ID ANALYTICS_SCRIPT_URLS ANALYTICS_WHITELISTED_EVENTS CALLSTATS_CUSTOM_SCRIPT_URL CALLSTATS_ID
      CALLSTATS_SECRET ENABLE_CALLSTATS ENABLE_FLOC ENABLE_STATS_COLLECTION ENABLE_STATS_ID GOOGLE_ANALYTICS_ID
      MATOMO_ENDPOINT MATOMO_SITE_ID
    `),
  },
  {
    why: "no statistics of browsers are collected; metrics of the roles are at /metrics",
    names: words(`
      RTCSTATS_ENABLED RTCSTATS_POLL_INTERVAL RTCSTATS_SEND_SDP RTCSTATS_STORE_LOGS RTCSTATS_URL_BASE
      RTC_VISUALIZER_PATH RTC_VISUALIZER_URL_BASE
    `),
  },
  {
    why: "nothing is connected to accounts elsewhere: no calendar, no cloud storage; recordings may go to S3 or WebDAV by VECHE_RECORDINGS_UPLOAD",
    names: words(`
      DROPBOX_APPKEY DROPBOX_REDIRECT_URI ENABLE_CALENDAR GOOGLE_API_APP_CLIENT_ID MICROSOFT_API_APP_CLIENT_ID
    `),
  },
  {
    why: "there are no services of 8x8 here",
    names: words("ENABLE_JAAS_COMPONENTS JAAS_APP_ID JAAS_ENDPOINT JAAS_USE_STAGING"),
  },
  {
    why: "there is no branding by address; VECHE_WEB_ROOT serves another web app",
    names: words("BRANDING_DATA_URL CHROME_EXTENSION_BANNER_JSON DYNAMIC_BRANDING_URL"),
  },
  {
    why: "there is no directory of people to invite from; moderators dial telephones by VECHE_SIP_DIALOUT_PREFIXES",
    names: words("DIALOUT_AUTH_URL DIALOUT_CODES_URL INVITE_SERVICE_URL PEOPLE_SEARCH_URL"),
  },
  {
    why: "there is no nginx: web has limits of its own (VECHE_MAX_SOCKETS) and sends its own headers",
    names: words(`
      CORS_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN CSP_HEADER NGINX_KEEPALIVE_TIMEOUT NGINX_RESOLVER
      NGINX_WORKER_CONNECTIONS NGINX_WORKER_PROCESSES
    `),
  },
  {
    why: "clients reach web under the address they opened; there is nothing to choose",
    names: words(
      "BOSH_RELATIVE ENABLE_COLIBRI_WEBSOCKET ENABLE_COLIBRI_WEBSOCKET_UNSAFE_REGEX ENABLE_SCTP JVB_PREFER_SCTP",
    ),
  },
  { why: "IPv6 is used wherever the host has it", names: words("ENABLE_IPV6") },
  { why: "tenants in the address always work", names: words("ENABLE_SUBDOMAINS") },
  { why: "config.js names the domain for guests in any case", names: words("ENABLE_AUTH_DOMAIN") },
  {
    why: "a conference has one codec, for computers and phones: CODEC_ORDER_JVB",
    names: words(`
      CODEC_ORDER_JVB_MOBILE CODEC_ORDER_P2P CODEC_ORDER_P2P_MOBILE ENABLE_CODEC_AV1 ENABLE_CODEC_H264
      ENABLE_CODEC_OPUS_RED ENABLE_CODEC_VP8 ENABLE_CODEC_VP9 P2P_PREFERRED_CODEC TESTING_AV1_SUPPORT
      VIDEOQUALITY_ENFORCE_PREFERRED_CODEC
    `),
  },
  {
    why: "bit rates follow the codec and RESOLUTION",
    names: words(`
      VIDEOQUALITY_BITRATE_AV1_FULL VIDEOQUALITY_BITRATE_AV1_HIGH VIDEOQUALITY_BITRATE_AV1_LOW
      VIDEOQUALITY_BITRATE_AV1_SS_HIGH VIDEOQUALITY_BITRATE_AV1_STANDARD VIDEOQUALITY_BITRATE_AV1_ULTRA
      VIDEOQUALITY_BITRATE_H264_FULL VIDEOQUALITY_BITRATE_H264_HIGH VIDEOQUALITY_BITRATE_H264_LOW
      VIDEOQUALITY_BITRATE_H264_SS_HIGH VIDEOQUALITY_BITRATE_H264_STANDARD VIDEOQUALITY_BITRATE_H264_ULTRA
      VIDEOQUALITY_BITRATE_VP8_FULL VIDEOQUALITY_BITRATE_VP8_HIGH VIDEOQUALITY_BITRATE_VP8_LOW
      VIDEOQUALITY_BITRATE_VP8_SS_HIGH VIDEOQUALITY_BITRATE_VP8_STANDARD VIDEOQUALITY_BITRATE_VP8_ULTRA
      VIDEOQUALITY_BITRATE_VP9_FULL VIDEOQUALITY_BITRATE_VP9_HIGH VIDEOQUALITY_BITRATE_VP9_LOW
      VIDEOQUALITY_BITRATE_VP9_SS_HIGH VIDEOQUALITY_BITRATE_VP9_STANDARD VIDEOQUALITY_BITRATE_VP9_ULTRA
    `),
  },
  {
    why: "the size of pictures is RESOLUTION, a height; the width follows the camera",
    names: words("RESOLUTION_MIN RESOLUTION_WIDTH RESOLUTION_WIDTH_MIN"),
  },
  {
    why: "the bridge estimates the line of each client in one way (transport-wide feedback)",
    names: words("BWE_ESTIMATOR_ENGINE ENABLE_REMB ENABLE_TCC ENABLE_VLA JVB_CC_TRUST_BWE START_BITRATE"),
  },
  {
    why: "sound is Opus as the browser sends it, with its own echo cancelling and gain control",
    names: words(`
      AUDIO_QUALITY_OPUS_BITRATE DISABLE_AUDIO_LEVELS ENABLE_AUDIO_PROCESSING ENABLE_AUTOMATIC_GAIN_CONTROL
      ENABLE_LIPSYNC ENABLE_STEREO
    `),
  },
  {
    why: "the frame rate of a shared screen is DESKTOP_SHARING_FRAMERATE_MIN and _MAX",
    names: words("DESKTOP_SHARING_FRAMERATE_AUTO TESTING_CAP_SCREENSHARE_BITRATE"),
  },
  {
    why: "a broken connection always mends itself",
    names: words("ENABLE_ICE_RESTART ENABLE_ICE_RESTART_ON_NETWORK_CHANGE"),
  },
  {
    why: "clients don't measure their way to each other",
    names: words("E2EPING_MAX_CONFERENCE_SIZE E2EPING_MAX_MESSAGE_PER_SECOND E2EPING_NUM_REQUESTS ENABLE_E2EPING"),
  },
  {
    why: "nothing is recorded in the browser: recordings are the recorder's (ENABLE_RECORDING)",
    names: words(`
      DISABLE_LOCAL_RECORDING ENABLE_LOCAL_RECORDING_NOTIFY_ALL_PARTICIPANT ENABLE_LOCAL_RECORDING_SELF_START
    `),
  },
  {
    why: "there are no subtitles, transcripts or translations",
    names: words(`
      AUTO_CAPTION_ON_RECORD ENABLE_AUDIO_TRANSLATION ENABLE_TRANSCRIPTIONS PREFERRED_LANGUAGE TRANSLATION_LANGUAGES
      TRANSLATION_LANGUAGES_HEAD USE_APP_LANGUAGE
    `),
  },
  {
    why: "the app has no such part; its buttons are TOOLBAR_BUTTONS and HIDE_PREMEETING_BUTTONS",
    names: words(`
      DISABLE_DEEP_LINKING DISABLE_START_FOR_ALL ENABLE_ADAPTIVE_MODE ENABLE_UNSAFE_ROOM_WARNING
      ENABLE_VIRTUAL_BACKGROUND_V2 HIDE_PREJOIN_EXTRA_BUTTONS ROOM_PASSWORD_DIGITS
    `),
  },
  {
    why: "there are no shared documents (Etherpad)",
    names: words(`
      DEFAULT_PAD_TEXT ENABLE_SHARED_DOCUMENT_RANDOM_NAME ETHERPAD_DEFAULT_PAD_TEXT ETHERPAD_PUBLIC_URL
      ETHERPAD_SKIN_NAME ETHERPAD_SKIN_VARIANTS ETHERPAD_TITLE ETHERPAD_URL_BASE SKIN_NAME SKIN_VARIANTS
      SUPPRESS_ERRORS_IN_PAD_TEXT TITLE
    `),
  },
  {
    why: "there is no whiteboard server",
    names: words("WHITEBOARD_COLLAB_SERVER_PUBLIC_URL WHITEBOARD_COLLAB_SERVER_URL_BASE"),
  },
  {
    why: "nothing reads it; hosts are told apart by VECHE_HOST_ID",
    names: words(`
      DEPLOYMENTINFO_ENVIRONMENT DEPLOYMENTINFO_ENVIRONMENT_TYPE DEPLOYMENTINFO_REGION DEPLOYMENTINFO_SHARD
      PROSODY_REGION_NAME REGION_NAME SHARD_NAME
    `),
  },
  { why: "load is made by npm run load", names: words("ENABLE_LOAD_TEST_CLIENT TESTING_OCTO_PROBABILITY") },
];
