/**
 * Who has to say what to a client that was not told of ice-lite and so calls itself controlled: five ways of answering its
 * checks (services/decisions/0003-mediasoup-worker.md), emulated, and then the media worker that is there.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { hostAddresses } from "@veche/kit/own-address.ts";
import type { LocalCandidate, MediaRouter } from "@veche/videobridge/edge/media-engine.ts";
import type { MediasoupEngine } from "@veche/videobridge/edge/mediasoup-engine.ts";
import { openEngine, withoutWorker } from "@veche/videobridge/testing/worker.ts";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, launchFirefox, withoutBrowser, withoutFirefox } from "../harness/browser.ts";
import { eventually, throughout } from "../harness/wait.ts";
import { type Conduct, type Credentials, StunResponder } from "./stun-responder.ts";

type Row = {
  readonly what: string;
  readonly conduct: Conduct;
  readonly isIceLite?: boolean;
  readonly connects: { readonly Chromium: boolean; readonly Firefox: boolean };
};

const rows: readonly Row[] = [
  {
    what: "487 without a signature, as the worker that mediasoup publishes sends it",
    conduct: { toControlled: "unsigned 487" },
    connects: { Chromium: false, Firefox: false },
  },
  {
    what: "487, signed",
    conduct: { toControlled: "signed 487" },
    connects: { Chromium: true, Firefox: false },
  },
  {
    what: "success, and no nomination",
    conduct: { toControlled: "success" },
    connects: { Chromium: true, Firefox: false },
  },
  {
    what: "success, a check of one's own, and nomination",
    conduct: { toControlled: "success", nominates: true },
    connects: { Chromium: true, Firefox: true },
  },
  {
    what: "487 without a signature, where the offer says ice-lite",
    conduct: { toControlled: "unsigned 487" },
    isIceLite: true,
    connects: { Chromium: true, Firefox: true },
  },
];

/** Of this machine, and not loopback where there is another: Firefox uses the address of its default route only. */
const [ip = "127.0.0.1"] = hostAddresses();

/** Whoever connects does so within half a second; a client gives up after 11 s. */
const refusedMs = 4_000;

const browsers = [
  { name: "Chromium", launch: () => launchBrowser(), skip: withoutBrowser() },
  { name: "Firefox", launch: () => launchFirefox(), skip: withoutFirefox() },
] as const;

for (const { name, launch, skip } of browsers)
  describe(`${name} that calls itself controlled`, { skip }, () => {
    let browser: Browser;
    let server: Server;
    let page: Page;
    let asked = 0;

    before(async () => {
      // From any other page a browser opens no connection to this machine.
      server = createServer((_request, response) => response.end("<!doctype html>")).listen(0, "127.0.0.1");
      await once(server, "listening");
      browser = await launch();
      page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.addScriptTag({ content: await readFile(new URL("./page/ice.js", import.meta.url), "utf8") });
    });
    after(async () => {
      await browser?.close();
      server?.close();
    });

    const ask = <T>(call: string, ...args: readonly string[]): Promise<T> =>
      page.evaluate<T>(`vecheIce.${call}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);

    /** The client's own credentials and fingerprint, of its answer. */
    async function invite(offer: string) {
      const connection = `connection-${asked++}`;
      const answer = await ask<string>("answer", connection, offer);
      const found = (line: string) => new RegExp(`^a=${line}:(.*)\\r$`, "m").exec(answer)?.[1] ?? "";
      const [hash = "", value = ""] = found("fingerprint").split(" ");
      return { connection, client: { ufrag: found("ice-ufrag"), pwd: found("ice-pwd") }, fingerprint: { hash, value } };
    }

    describe("and an agent of the test's own", { concurrency: true }, () => {
      for (const { what, conduct, isIceLite = false, connects } of rows)
        test(`${connects[name] ? "connect" : "do not connect"} on: ${what}`, async () => {
          using responder = await StunResponder.open(ip, conduct);
          const candidate = { protocol: "udp", ip, port: responder.port } as const;
          const { connection, client } = await invite(writeOffer(responder.own, [candidate], { isIceLite }));
          responder.introduce(client);
          const look = async (): Promise<string> => ask("ice", connection);
          if (connects[name])
            await eventually("ICE is up", async () => {
              const state = await look();
              return state === "connected" || state === "completed" ? undefined : state;
            });
          else {
            await throughout("ICE does not come up", refusedMs, async () => {
              const state = await look();
              return state === "connected" || state === "completed" ? state : undefined;
            });
            assert.ok(responder.controlled > 0, "it has asked");
          }
          if (isIceLite) assert.equal(responder.controlled, 0);
        });
    });

    describe("and the media worker that is there", { skip: withoutWorker }, () => {
      let engine: MediasoupEngine;
      let router: MediaRouter;

      before(async () => {
        engine = await openEngine(ip);
        router = await engine.openRouter();
      });
      after(() => engine?.[Symbol.asyncDispose]());

      for (const protocol of ["udp", "tcp"] as const)
        for (const isIceLite of [false, true])
          test(`connect over ${protocol}, where the offer says ${isIceLite ? "" : "nothing of "}ice-lite, with an AEAD cipher`, async () => {
            const transport = await router.createTransport();
            const { local } = transport;
            const states: string[] = [];
            transport.onState((state) => states.push(`${state.isConnected} ${state.protocol}`));
            const candidates = local.candidates.filter((candidate) => candidate.protocol === protocol);
            const [print] = local.fingerprints;
            const offer = writeOffer(local, candidates, { isIceLite, fingerprint: `${print?.hash} ${print?.value}` });
            const { connection, client, fingerprint } = await invite(offer);
            await transport.connect([fingerprint], client);
            await eventually("ICE and DTLS are up", async () => {
              const state = await ask("whole", connection);
              return state === "connected" && states.at(-1) === `true ${protocol}` ? undefined : `${state} ${states}`;
            });
            // libwebrtc has changed its role; Firefox keeps it, and was nominated for.
            const iceRole = isIceLite || name === "Chromium" ? "controlling" : "controlled";
            assert.deepEqual(await ask("transport", connection), { iceRole, srtpCipher: "SRTP_AEAD_AES_256_GCM" });
            transport.close();
          });
    });
  });

type OfferOptions = { readonly isIceLite: boolean; readonly fingerprint?: string };
type Candidate = Pick<LocalCandidate, "protocol" | "ip" | "port">;

/** As lib-jitsi-meet makes one of Jingle, with one medium. */
function writeOffer(
  { ufrag, pwd }: Credentials,
  candidates: readonly Candidate[],
  { isIceLite, fingerprint = `sha-256 ${Array(32).fill("AB").join(":")}` }: OfferOptions,
): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    ...(isIceLite ? ["a=ice-lite"] : []),
    "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:${fingerprint}`,
    "a=setup:actpass",
    ...candidates.map(
      ({ protocol, ip, port }, at) =>
        `a=candidate:${at} 1 ${protocol} 2130706431 ${ip} ${port} typ host${protocol === "tcp" ? " tcptype passive" : ""} generation 0`,
    ),
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "",
  ].join("\r\n");
}
