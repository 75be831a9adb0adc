/** A trunk over TLS is who its certificate names. */
import assert from "node:assert/strict";
import type { Registration } from "../signalling.ts";
import { makeNamed } from "./certificates.ts";
import { Provider } from "./provider.ts";
import { answeringSdp, outgoingListener, trunkTo } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";
import { TlsProvider } from "./tls-provider.ts";

const password = "a right password";
const account = { user: "74951112233", domain: "provider.example", password };

export function defineTrunkNames(define: Define): void {
  for (const [server, names] of [
    ["127.0.0.1", "DNS:localhost,IP:192.0.2.1"],
    ["localhost", "DNS:provider.example,IP:127.0.0.1"],
  ] as const) {
    define(`a trunk ${server} whose certificate names others gets neither a registration nor a call`, async (given) => {
      const certificates = await makeNamed(given.certificates, await given.makeDirectory(), names);
      const other = given.stack.use(await TlsProvider.start(certificates));
      const trunk = trunkTo(other.port, { server, account, transport: "tls", registers: true });
      const scene = await given.open({ trunks: [trunk], allowsUnknown: false });
      const away = await scene.registrations.until("its absence", ({ state }) => state === "unreachable");
      assert.deepEqual(away, { trunk: "provider", state: "unreachable", status: 503 });
      const { listener, told } = outgoingListener();
      const target = { trunk: undefined, to: "1", from: "", displayName: "", headers: {}, sdp: answeringSdp };
      scene.signalling.dial(target, listener);
      assert.deepEqual(await told.next("the end"), { type: "failed", status: 503 });
      assert.ok(other.heard.all.length > 0);
      for (const { method, header } of other.heard.all) {
        assert.equal(method, "OPTIONS");
        assert.equal(header("Authorization"), "");
      }
    });
  }

  define(
    "a trunk is registered with when it shows the right certificate after another's",
    async (given) => {
      const { stack, certificates, makeDirectory } = given;
      const other = await makeNamed(certificates, await makeDirectory(), "DNS:other.example");
      const first = await Provider.start({ directory: await makeDirectory(), certificates: other, password });
      stack.use(first);
      const trunk = trunkTo(first.tlsPort, { server: "localhost", account, transport: "tls", registers: true });
      const scene = await given.open({ trunks: [trunk], allowsUnknown: false });
      await scene.registrations.until("its absence", ({ state }) => state === "unreachable");
      await first[Symbol.asyncDispose]();
      const right = await makeNamed(certificates, await makeDirectory(), "DNS:one.example,DNS:localhost,IP:192.0.2.1");
      const ports = { udp: first.port, tls: first.tlsPort };
      stack.use(await Provider.start({ directory: await makeDirectory(), certificates: right, password, ports }));
      const stands = ({ state }: Registration) => state === "registered";
      await scene.registrations.until("the right one", stands);
    },
    { programs: ["kamailio"] },
  );
}
