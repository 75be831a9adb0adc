/**
 * A lesson whose parts speak TLS with one another, as those of several hosts do: every role has a certificate of the internal authority,
 * and the recorder opens the pages by https with the installation's own authority.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import type { PrivateTlsConfig } from "@veche/kit/private-tls/identity.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { TestAuthority } from "@veche/kit/testing/private-authority.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { WebSocket } from "ws";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { isRecorded, recorded, startRecording, stop } from "../harness/recording/acts.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { probe } from "../harness/recording/probe.ts";
import { oneRecorder } from "../harness/recording/recorder.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const roles = ["web", "xmpp", "focus", "videobridge", "recorder"] as const satisfies readonly RoleName[];
const room = "BetweenHosts";
const recordedMs = 8_000;
const people: Participant[] = [];
let authority: TestAuthority | undefined;

const scene = setScene({
  skip,
  size: oneRecorder.size,
  env: oneRecorder.env,
  roleSettings: async () => {
    authority = await TestAuthority.create();
    const certificates = new Map<RoleName, PrivateTlsConfig>();
    for (const role of roles) certificates.set(role, await authority.issue(role));
    return ({ urls, dataDir }) => {
      const own = (role: RoleName) => ({ ...certificates.get(role), VECHE_HOST_ID: `host-of-${role}` });
      const asked = { VECHE_PRIVATE_ADDRESS: "127.0.0.1" };
      return {
        // Where xmpp and focus are web is told by whoever is on duty.
        web: { ...own("web"), XMPP_BOSH_URL_BASE: "", JICOFO_URL: "" },
        xmpp: { ...own("xmpp"), VECHE_HOST_ID: "signalling" },
        focus: { ...own("focus"), VECHE_HOST_ID: "signalling" },
        videobridge: { ...own("videobridge"), ...asked, COLIBRI_WEBSOCKET_ORIGIN: "" },
        recorder: {
          ...own("recorder"),
          ...asked,
          VECHE_WEB_ORIGIN: urls.https,
          VECHE_WEB_CA_FILE: join(dataDir, "web", "ca.crt"),
        },
      };
    };
  },
});
after(() => authority?.[Symbol.asyncDispose]());

/** The last origin that web heard of. */
function heard(message: string): string | undefined {
  const texts = scene.stack.lines.filter(({ from, text }) => from === "web" && text.includes(message));
  return /"origin":"([^"]+)"/.exec(texts.at(-1)?.text ?? "")?.[1];
}

function hasSaid(role: RoleName, ...words: readonly string[]): boolean {
  return scene.stack.lines.some(({ from, text }) => from === role && words.every((word) => text.includes(word)));
}

async function come(identity: typeof anna): Promise<Participant> {
  const participant = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), identity);
  people.push(participant);
  return participant;
}

test("people see and hear each other while web reaches every other role by TLS", { skip }, async () => {
  for (const identity of [anna, boris]) await come(identity);
  await allPerceiveAll(people);
  const { ports } = scene.stack.local;
  for (const [message, port] of [
    ["bridge heard", ports.channel],
    ["recorder heard", ports.recorder],
    ["xmpp is on duty", ports.xmpp],
    ["focus is on duty", ports.focus],
  ] as const)
    await eventually(`web's log says "${message}", with its origin`, () => {
      const origin = heard(message);
      return origin === `https://127.0.0.1:${port}` ? undefined : `it says ${origin}`;
    });
  const library = await fetch(`${scene.stack.local.urls.http}/recordings/api/recordings`);
  // The recorder itself asks who it is; without one web would say 503.
  assert.equal(library.status, 401);
});

test("nobody else gets to the bridge channel: neither plainly, nor without a certificate, nor with a bridge's own", {
  skip,
}, async () => {
  const { ports } = scene.stack.local;
  const path = `127.0.0.1:${ports.channel}/colibri-ws/jvb-1/c/e?pwd=p`;
  const tls = await PrivateTls.open({
    role: "videobridge",
    config: (await authority?.issue("videobridge", { name: "thief" })) as PrivateTlsConfig,
    log: silentLog,
    health: new Health(),
  });
  const thief = tls?.clientOptions("videobridge", "127.0.0.1") ?? {};
  tls?.[Symbol.dispose]();
  const { ca } = thief;
  assert.match(await refusal(`ws://${path}`, {}), /403/);
  assert.match(await refusal(`wss://${path}`, ca === undefined ? {} : { ca }), /hang up|reset/i);
  assert.match(await refusal(`wss://${path}`, { ...thief }), /hang up|reset/i);
  for (const why of ["plain http", "found none", 'one of \\"videobridge\\"'])
    await eventually(`the bridge's log says ${why}`, () =>
      hasSaid("videobridge", "private connection refused", why) ? undefined : "it does not",
    );
});

test("certificates that are replaced in the middle of the lesson are noticed by nobody", { skip }, async () => {
  for (const role of roles) await authority?.issue(role);
  for (const role of roles)
    await eventually(
      `${role} has its new certificate`,
      () => (hasSaid(role, "private certificate replaced") ? undefined : "not yet"),
      { timeoutMs: 30_000 },
    );
  await come(vera);
  await allPerceiveAll(people);
});

test("the recorder films the lesson by https, trusting the installation's own authority alone", { skip }, async () => {
  const [teacher] = people as [Participant];
  await startRecording(teacher);
  await isRecorded(teacher, "on");
  await pause(recordedMs);
  await stop(teacher, "file");
  const [recording] = await recorded(scene.stack, 1);
  assert.ok(recording);
  const media = await probe(join(recording.directory, recording.files[0] ?? ""));
  assert.deepEqual([media.video?.codec, media.audio?.codec], ["h264", "aac"]);
});

async function refusal(url: string, options: object): Promise<string> {
  const socket = new WebSocket(url, options);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("error", (error) => resolve(error.message));
  socket.once("close", () => resolve("closed"));
  socket.once("open", () => resolve("open"));
  const heard = await promise;
  socket.terminate();
  return heard;
}
