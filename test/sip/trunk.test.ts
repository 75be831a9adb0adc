/** A provider of telephone calls, another Kamailio: registrations by right and wrong passwords, and calls in and out by it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeCertificates } from "@veche/sip-gateway/sip/testing/certificates.ts";
import { Provider } from "@veche/sip-gateway/sip/testing/provider.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { callsOf, codeOf, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { type TrunksFile, writeTrunks } from "../harness/telephone/trunks.ts";
import { eventually } from "../harness/wait.ts";
import { mucDomain, WireClient } from "../harness/wire-client.ts";

const skip = withoutPhones() || withoutGateway();
const room = "telephonetrunk";
const account = "74950000001";
const password = "a right password";
const outside = "74954444444";

let stack: TestStack;
let provider: Provider | undefined;
let trunks: TrunksFile | undefined;
let directory = "";
let phone: Phone | undefined;
let teacher: WireClient | undefined;

before(async () => {
  if (skip !== false) return;
  directory = await mkdtemp(join(tmpdir(), "veche-provider-"));
  phone = await Phone.start({ user: outside, toneHz: 600 });
  const phonePort = Number(phone.address.split(":").at(-1));
  provider = await Provider.start({ directory, certificates: await makeCertificates(directory), password, phonePort });
  // Calls of an account are known by its registration, not by an address that a test shares with everybody.
  const base = { server: "127.0.0.1", port: provider.port, addresses: ["192.0.2.1/32"] };
  trunks = await writeTrunks([
    { ...base, name: "right", user: account, password, dialsOut: true },
    { ...base, name: "wrong", user: "74950000002", password: "another", dialsOut: true },
  ]);
  const env = {
    ...oneGateway.env,
    VECHE_SIP_ALLOW_UNKNOWN: "0",
    VECHE_SIP_TRUNKS_FILE: trunks.path,
    VECHE_SIP_DIALOUT_PREFIXES: "+7495",
    VECHE_SIP_DIALOUT_FORMAT: "digits",
  };
  stack = await startTestStack(env, { gateways: 1 });
  teacher = await WireClient.connect(stack.local.urls.http, room);
  await teacher.signIn();
  await teacher.join(room);
});

after(async () => {
  teacher?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
  await phone?.[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
  await trunks?.[Symbol.asyncDispose]();
  if (directory !== "") await rm(directory, { recursive: true });
});

async function isInside(trunk: string): Promise<void> {
  await eventually(`a call by ${trunk}`, async () => {
    const calls = (await callsOf(stack)) as unknown as readonly { readonly trunk: string; readonly session: boolean }[];
    return calls.some((call) => call.trunk === trunk && call.session) ? undefined : JSON.stringify(calls);
  });
}

async function nobodyIsThere(): Promise<void> {
  await eventually("no calls", async () => ((await callsOf(stack)).length === 0 ? undefined : "there are some"));
}

test("the right password is registered, the wrong one refused", { skip }, async () => {
  await eventually("both are told", async () => {
    const answer = await fetch(`http://127.0.0.1:${stack.local.ports.gateway}/debug`);
    const { registrations } = (await answer.json()) as {
      readonly registrations: readonly { readonly trunk: string; readonly state: string }[];
    };
    const states = Object.fromEntries(registrations.map(({ trunk, state }) => [trunk, state]));
    return states.right === "registered" && states.wrong === "refused" ? undefined : JSON.stringify(registrations);
  });
});

test("who calls the number of the account comes in by its code", { skip }, async () => {
  phone?.dial(`sip:${account}@127.0.0.1:${provider?.port}`);
  await phone?.comes("CALL_ESTABLISHED");
  await phone?.press(`${await codeOf(stack, room)}#`);
  await isInside("right");
  phone?.hangUp();
  await nobodyIsThere();
});

test("who calls past the provider is refused", { skip }, async () => {
  phone?.dial(`sip:${account}@127.0.0.1:${stack.local.ports.sip}`);
  await phone?.comes("CALL_CLOSED", 2);
  assert.match(phone?.said("CALL_CLOSED") ?? "", /403/);
});

test("a moderator dials a number, by the account that is registered", { skip }, async () => {
  const jid = `${room}@${mucDomain}`;
  const dial = `<dial xmlns="urn:xmpp:rayo:1" from="fromnumber" to="8 (495) 444-44-44"><header name="JvbRoomName" value="${jid}"/></dial>`;
  const answer = await teacher?.ask(dial, `${jid}/focus`);
  assert.match(answer ?? "", /<ref/);
  await phone?.comes("CALL_INCOMING");
  phone?.answer();
  await phone?.comes("CALL_ESTABLISHED", 2);
  await isInside("right");
  phone?.hangUp();
  await nobodyIsThere();
});
