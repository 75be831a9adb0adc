/** A stack with a SIP gateway, and what its callers need to know. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Participant } from "../participant.ts";
import { soundsOf } from "../senses.ts";
import type { SceneOptions, TestStack } from "../stack.ts";
import { eventually, type WaitOptions } from "../wait.ts";
import type { Phone } from "./phone.ts";

/** For `test(name, { skip })`: why no gateway can run here, or false. */
export function withoutGateway(): string | false {
  const isThere = spawnSync("kamailio", ["-v"], { stdio: "ignore" }).status === 0;
  return isThere ? false : "no SIP server here (Debian: apt-get install kamailio kamailio-tls-modules)";
}

export const dialInNumber = "+74950000001";

/** For `setScene`: one gateway, which takes calls from anybody and dials whoever is on this machine. */
export const oneGateway = {
  size: { gateways: 1 },
  env: {
    VECHE_SIP_ADDRESS: "127.0.0.1",
    VECHE_SIP_ADVERTISE: "127.0.0.1",
    VECHE_SIP_ALLOW_UNKNOWN: "1",
    // All the telephones of a test call from one address.
    VECHE_SIP_UNKNOWN_PER_MINUTE: "1000",
    VECHE_SIP_DIALIN_NUMBERS: `RU:${dialInNumber}`,
    VECHE_SIP_DIALOUT_HOSTS: "127.0.0.1",
    VECHE_SIP_LANGUAGE: "en",
  },
} as const satisfies Partial<SceneOptions>;

/** What one dials to reach it. */
export function gatewayAddress(stack: TestStack, user = dialInNumber): string {
  return `sip:${user}@127.0.0.1:${stack.local.ports.sip}`;
}

/** The code that callers type to come into a room. */
export function codeOf(stack: TestStack, room: string): Promise<string> {
  return codeAt(stack.local.urls.http, room);
}

export async function codeAt(origin: string, room: string): Promise<string> {
  const conference = encodeURIComponent(`${room.toLowerCase()}@muc.meet.jitsi`);
  const answer = await fetch(`${origin}/dial-in/code?conference=${conference}`);
  assert.equal(answer.status, 200);
  const { id } = (await answer.json()) as { readonly id: number | string };
  return String(id);
}

/** Dials, waits for an answer, and types the code of the room. */
export async function dialIn(stack: TestStack, phone: Phone, room: string): Promise<void> {
  const before = phone.count("CALL_ESTABLISHED");
  phone.dial(gatewayAddress(stack));
  await phone.comes("CALL_ESTABLISHED", before + 1);
  await phone.press(`${await codeOf(stack, room)}#`);
}

/** What the gateway knows of its calls, as its operator reads it. */
export type CallSeen = {
  readonly endpoint: string;
  readonly phase: string;
  readonly line: string;
  readonly stands: string;
  readonly muted: boolean;
  readonly handRaised: boolean;
  readonly held: boolean;
  readonly session: boolean;
  readonly codec: string;
};

export async function callsOf(stack: TestStack, port: number = stack.local.ports.gateway): Promise<CallSeen[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/debug`);
  return ((await answer.json()) as { readonly gateways: CallSeen[] }).gateways;
}

/** All that a page knows of the telephones in its room. */
export type PhoneSeen = {
  readonly id: string;
  readonly name: string;
  readonly isPhone: boolean;
  readonly callStatus: string;
  readonly audioMuted: boolean;
  readonly handRaised: boolean;
};

export async function phonesSeen(who: Participant): Promise<PhoneSeen[]> {
  const { participants } = (await who.state()) as unknown as { readonly participants: readonly PhoneSeen[] };
  return participants.filter(({ isPhone }) => isPhone);
}

/** The telephones in the room are, sooner or later, as `holds` says. */
export async function seesPhones(
  who: Participant,
  what: string,
  holds: (phones: readonly PhoneSeen[]) => boolean,
  options: WaitOptions = {},
): Promise<void> {
  await eventually(
    `${who.identity.name} sees ${what}`,
    async () => {
      const phones = await phonesSeen(who);
      return holds(phones) ? undefined : JSON.stringify(phones);
    },
    options,
  );
}

const nearHz = 30;
const audibleDb = -50;

/** The page has that tone of somebody. */
export async function hears(who: Participant, toneHz: number): Promise<void> {
  await eventually(`${who.identity.name} hears ${toneHz} Hz`, async () => {
    const sounds = await soundsOf(who.page);
    const isHeard = sounds.some(({ hz, db }) => Math.abs(hz - toneHz) < nearHz && db > audibleDb);
    return isHeard ? undefined : JSON.stringify(sounds);
  });
}
