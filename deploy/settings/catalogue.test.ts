import assert from "node:assert/strict";
import { test } from "node:test";
import { knownSettings } from "@veche/kit/settings/gen/known.ts";
import { checkNames } from "@veche/kit/settings/names.ts";
import { honouredNames, readCatalogue } from "./catalogue.ts";
import { ignoredByPage } from "./ignored-page.ts";
import { ignoredBesideRefused, ignoredByServers, refusedByServers } from "./ignored-servers.ts";
import { earlierJitsiNames } from "./jitsi-names.ts";
import { namesRead } from "./reads.ts";
import { allJitsiNames, standingOf } from "./render.ts";
import { words } from "./words.ts";

const catalogue = await readCatalogue();
const everyName = [...new Set([...honouredNames(catalogue), ...allJitsiNames, ...earlierJitsiNames])];

function envOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, "1"]));
}

test("of every name that docker-jitsi-meet knows it is said what becomes of it", () => {
  assert.equal(allJitsiNames.length, 480);
  const names = [...allJitsiNames, ...earlierJitsiNames];
  assert.deepEqual(
    names.filter((name) => standingOf(name, catalogue) === undefined),
    [],
  );
});

test("a reason stands once, and only where nothing is read", () => {
  const names = [...ignoredByPage, ...ignoredByServers, ...ignoredBesideRefused, ...refusedByServers].flatMap(
    (group) => group.names,
  );
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  const read = new Set(honouredNames(catalogue));
  assert.deepEqual(
    names.filter((name) => read.has(name)),
    [],
    "a role reads these by now: take them out of deploy/settings/ignored-*.ts",
  );
});

test("every name of the tables passes, wherever it stands", () => {
  const refused = new Set(catalogue.refused.keys());
  const env = envOf(everyName.filter((name) => !refused.has(name)));
  for (const source of ["env-file", "process"] as const)
    assert.deepEqual(checkNames(env, knownSettings, source).faults, []);
});

test("whatever compose files, scripts and programs read is in the table", () => {
  const known = new Set(honouredNames(catalogue));
  const unlisted = [...namesRead().keys()].filter((name) => !known.has(name) && !name.startsWith("NODE_"));
  assert.deepEqual(unlisted, []);
  assert.ok(
    namesRead().has("VECHE_RECORDER_MEMORY") && namesRead().has("VECHE_CACHE") && namesRead().has("TURN_REALM"),
  );
});

/** What docker-jitsi-meet's example of an `.env` sets or offers, every line of it taken in. */
const example = words(`
  AUTH_TYPE CONFIG ENABLE_AUTH ENABLE_GUESTS ENABLE_JAAS_COMPONENTS ENABLE_LETSENCRYPT ETHERPAD_PUBLIC_URL ETHERPAD_URL_BASE
  HTTPS_PORT HTTP_PORT JIBRI_RECORDER_PASSWORD JIBRI_XMPP_PASSWORD JICOFO_AUTH_PASSWORD JICOFO_MAX_MEMORY
  JIGASI_SIP_PASSWORD JIGASI_SIP_PORT JIGASI_SIP_SERVER JIGASI_SIP_TRANSPORT JIGASI_SIP_URI JIGASI_TRANSCRIBER_PASSWORD
  JIGASI_XMPP_PASSWORD JITSI_IMAGE_REPO JITSI_IMAGE_VERSION JVB_ADVERTISE_IPS JVB_AUTH_PASSWORD JWT_ACCEPTED_AUDIENCES
  JWT_ACCEPTED_ISSUERS JWT_APP_ID JWT_APP_SECRET LDAP_AUTH_METHOD LDAP_BASE LDAP_BINDDN LDAP_BINDPW LDAP_FILTER
  LDAP_START_TLS LDAP_TLS_CACERT_DIR LDAP_TLS_CACERT_FILE LDAP_TLS_CHECK_PEER LDAP_TLS_CIPHERS LDAP_URL LDAP_USE_TLS
  LDAP_VERSION LETSENCRYPT_ACME_SERVER LETSENCRYPT_DOMAIN LETSENCRYPT_EMAIL LETSENCRYPT_USE_STAGING PUBLIC_URL
  RESTART_POLICY RTCSTATS_ENABLED RTCSTATS_POLL_INTERVAL RTCSTATS_SEND_SDP RTCSTATS_STORE_LOGS TZ VIDEOBRIDGE_MAX_MEMORY
  WHITEBOARD_COLLAB_SERVER_PUBLIC_URL WHITEBOARD_COLLAB_SERVER_URL_BASE
`);

test("an .env made of docker-jitsi-meet's example starts, and is told what nothing comes of", () => {
  const findings = checkNames(envOf(example), knownSettings, "env-file");
  assert.deepEqual(findings.faults, []);
  const ignored = findings.ignored.map(({ name }) => name);
  assert.ok(ignored.includes("LDAP_URL") && ignored.includes("JICOFO_AUTH_PASSWORD"));
  assert.ok(!ignored.includes("JVB_ADVERTISE_IPS") && !ignored.includes("JIGASI_SIP_URI"));
});

/** Of shells, desktops, editors, tools and runners. */
const foreign = words(`
  ANDROID_HOME AWS_ACCESS_KEY_ID AWS_REGION BASH_ENV BUILDKIT_PROGRESS CARGO_HOME CI CI_COMMIT_SHA CLICOLOR COLORTERM
  COMPOSE_FILE COMPOSE_HTTP_TIMEOUT COMPOSE_PROFILES COMPOSE_PROJECT_NAME CONDA_PREFIX DBUS_SESSION_BUS_ADDRESS
  DEBIAN_FRONTEND DESKTOP_SESSION DISABLE_AUTOUPDATER DISABLE_TELEMETRY DOCKER_API_VERSION DOCKER_BUILDKIT DOCKER_CONFIG
  DOCKER_CONTEXT DOCKER_DEFAULT_PLATFORM DOCKER_HOST DOCKER_TLS_VERIFY EDITOR ENABLE_LSP_TOOL FORCE_COLOR GDMSESSION GF_PATHS_DATA
  GITHUB_ACTIONS GIT_AUTHOR_NAME GNOME_TERMINAL_SCREEN GOPATH GOPROXY GPG_AGENT_INFO GTK_MODULES HISTSIZE HOSTNAME
  HTTPS_PROXY HTTP_PROXY INVOCATION_ID JAVA_HOME JOURNAL_STREAM JWT_SECRET KUBECONFIG KUBERNETES_PORT
  KUBERNETES_SERVICE_HOST LANG LANGUAGE LC_ALL LC_CTYPE LDAP_SERVER LD_LIBRARY_PATH LESSOPEN LOGNAME LS_COLORS MAIL MANPATH
  MOTD_SHOWN NATS_CA NATS_CERT NATS_CONTEXT NATS_CREDS NATS_KEY NATS_TIMEOUT NODE_COMPILE_CACHE NODE_ENV NODE_EXTRA_CA_CERTS NODE_OPTIONS
  NODE_PATH NODE_TLS_REJECT_UNAUTHORIZED NODE_VERSION NO_COLOR NO_PROXY NPM_CONFIG_REGISTRY NPM_TOKEN NVM_BIN NVM_DIR
  OLDPWD OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_PROTOCOL OTEL_LOGS_EXPORTER OTEL_RESOURCE_ATTRIBUTES
  OTEL_SERVICE_NAMESPACE OTEL_TRACES_SAMPLER PAGER PATH PIP_INDEX_URL PKG_CONFIG_PATH PROMETHEUS_MULTIPROC_DIR PS1
  PUPPETEER_EXECUTABLE_PATH PWD PYTHONPATH QT_ACCESSIBILITY REQUESTS_CA_BUNDLE RUNNER_OS SDKMAN_DIR SESSION_MANAGER SHELL SHLVL
  SSH_AUTH_SOCK SSH_CLIENT SSH_CONNECTION SSH_TTY SSL_CERT_DIR SSL_CERT_FILE START_TIME SUDO_USER SYSTEMD_EXEC_PID TERM
  TERM_PROGRAM TERM_SESSION_ID TESTCONTAINERS_HOST_OVERRIDE TMPDIR TMUX TMUX_PANE TURN_SECRET TZ_OFFSET USER USERNAME VIRTUAL_ENV
  VSCODE_GIT_IPC_HANDLE VSCODE_INJECTION VTE_VERSION WAYLAND_DISPLAY WINDOWID WSL_DISTRO_NAME XAUTHORITY
  XDG_CONFIG_DIRS XDG_CURRENT_DESKTOP XDG_DATA_DIRS XDG_RUNTIME_DIR XDG_SESSION_ID XDG_SESSION_TYPE XMODIFIERS YARN_VERSION
  ZSH _ npm_config_cache npm_config_user_agent npm_execpath npm_lifecycle_event npm_node_execpath npm_package_name
  npm_package_version http_proxy https_proxy no_proxy
`);

test("what a shell, a desktop, a runner or an image puts into the environment is never refused", () => {
  assert.deepEqual(checkNames(envOf(foreign), knownSettings, "process").faults, []);
  const ofImages = foreign.filter((name) => /^(NODE|YARN|OTEL|HTTPS?_PROXY|NO_PROXY|COMPOSE|DOCKER)/.test(name));
  assert.deepEqual(checkNames(envOf([...ofImages, "PATH", "HOME", "HOSTNAME"]), knownSettings, "env-file").faults, []);
  assert.deepEqual(checkNames(process.env, knownSettings, "process").faults, []);
});

test("a slip in any name of ours is refused, with that name or one as near", () => {
  const random = randomOf(20261123);
  const known = new Set(everyName);
  const honoured = honouredNames(catalogue).filter((name) => name.length >= 8);
  for (const name of honoured) {
    const slip = slipOf(name, random);
    // Below eight letters nothing is taken for a slip: the page says so.
    if (known.has(slip) || slip.length < 8) continue;
    const [fault = ""] = checkNames({ [slip]: "1" }, knownSettings, "env-file").faults;
    assert.match(fault, /unknown setting; did you mean [A-Z0-9_]+\?$/, `${name} as ${slip}`);
  }
});

/** One letter left out, doubled, replaced or exchanged with the next. */
function slipOf(name: string, random: () => number): string {
  const at = 1 + Math.floor(random() * (name.length - 2));
  const rest = name.slice(at + 1);
  const letter = name[at] ?? "";
  const slips = [
    name.slice(0, at) + rest,
    name.slice(0, at) + letter + letter + rest,
    `${name.slice(0, at)}Q${rest}`,
    name.slice(0, at) + (rest[0] ?? "") + letter + rest.slice(1),
  ];
  return slips[Math.floor(random() * slips.length)] ?? name;
}

/** Numbers from 0 to 1 that are the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
